// Spans of calls: a sampled trace shows them, and otherwise they cost one check of the current span. A failure is in
// the span's status, and its class in `error.type`.
import { Cause, Effect, type Tracer } from "effect"

/** The attributes of a span, with the names of OpenTelemetry's semantic conventions. */
export interface SpanDescription {
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly attributes: Readonly<Record<string, string | number>>
  /** The current span where absent. */
  readonly parent?: Tracer.AnySpan
  readonly links?: ReadonlyArray<Tracer.SpanLink>
}

/** The class of the error, for `error.type`; undefined for an interruption. */
export const errorTypeOf = (cause: Cause.Cause<unknown>): string | undefined => {
  if (Cause.hasInterruptsOnly(cause)) return undefined
  const error = Cause.squash(cause)
  return error instanceof Error ? error.name : "_OTHER"
}

const tellErrorType = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const type = errorTypeOf(cause)
  return type === undefined ? Effect.void : Effect.annotateCurrentSpan("error.type", type)
}

/** Runs an effect in a span. */
export const inSpan = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  { name, ...options }: SpanDescription
): Effect.Effect<A, E, R> =>
  Effect.withSpan(Effect.tapCause(effect, tellErrorType), name, {
    ...options,
    captureStackTrace: false
  })

/** Runs an effect in a child span of the current one if that is sampled, otherwise without one. */
export const inRecordedSpan = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  describe: () => SpanDescription
): Effect.Effect<A, E, R> =>
  Effect.withFiber<A, E, R>(({ cache }) =>
    cache.span?.sampled === true ? inSpan(effect, describe()) : effect
  )

/** As spans link to others. */
export const linksTo = (spans: ReadonlyArray<Tracer.AnySpan>): ReadonlyArray<Tracer.SpanLink> =>
  spans.map((span) => ({ span, attributes: {} }))
