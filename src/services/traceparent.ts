// W3C trace context as text, by which a trace continues through the queue.
import { Effect, Option, type Tracer } from "effect"
import * as Headers from "effect/http/Headers"
import * as HttpTraceContext from "effect/http/HttpTraceContext"

/** The `traceparent` of a span. */
export const traceparentOf = (span: Tracer.Span): string =>
  HttpTraceContext.toHeaders(span)["traceparent"] ?? ""

/** The `traceparent` of the current span, empty outside of one. */
export const currentTraceparent: Effect.Effect<string> = Effect.currentSpan.pipe(
  Effect.map(traceparentOf),
  Effect.orElseSucceed(() => "")
)

/** The span that a `traceparent` names, to continue its trace; none for an empty or malformed one. */
export const spanOf = (traceparent: string): Option.Option<Tracer.ExternalSpan> =>
  HttpTraceContext.w3c(Headers.fromRecordUnsafe({ traceparent }))

/** Whether the spans of its trace are recorded. Only of a `traceparent` that this system has written. */
export const isRecorded = (traceparent: string): boolean => traceparent.endsWith("-01")

/** The same, if its trace is sampled. */
export const recordedSpanOf = (traceparent: string): Option.Option<Tracer.ExternalSpan> =>
  isRecorded(traceparent) ? spanOf(traceparent) : Option.none()
