// Spans as a collector gets them. A successful span has no status (OpenTelemetry: only people set `Ok`), and the texts
// of errors are masked as in the log.
import type { TraceData } from "effect/observability/OtlpTracer"
import { harmless } from "../node/harmless.ts"

type OtlpSpan = TraceData["resourceSpans"][number]["scopeSpans"][number]["spans"][number]

/** As OTLP numbers them. */
const unset = 0
const failed = 2

const presentableSpan = (span: OtlpSpan): OtlpSpan =>
  span.status.code === failed
    ? // `harmless` keeps the shape of what it masks.
      (harmless(span) as OtlpSpan)
    : { ...span, status: { code: unset } }

export const presentable = (data: TraceData): TraceData => ({
  resourceSpans: data.resourceSpans.map(({ scopeSpans, ...resource }) => ({
    ...resource,
    scopeSpans: scopeSpans.map(({ spans, ...scope }) => ({
      ...scope,
      spans: spans.map(presentableSpan)
    }))
  }))
})
