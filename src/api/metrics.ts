// What is measured of HTTP, in the names and units that Prometheus asks for.
import { type Context, Metric } from "effect"

const requests = Metric.counter("http_requests_total", {
  description: "Requests answered, by route pattern, method and status",
  incremental: true
})

const duration = Metric.histogram("http_request_duration_seconds", {
  description: "Time from the arrival of a request to its answer",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
})

type Attributes = Readonly<Record<"route" | "method" | "status", string>>

const seriesOf = (attributes: Attributes) => ({
  requests: Metric.withAttributes(requests, attributes),
  duration: Metric.withAttributes(duration, attributes)
})

/** Those asked for before: to make one costs more than to count. There are as few as label values. */
const known = new Map<string, ReturnType<typeof seriesOf>>()

/** `context`: of the runtime, whose registry `/metrics` reads. */
export const recordRequest = (
  attributes: Attributes,
  seconds: number,
  context: Context.Context<never>
): void => {
  const key = `${attributes.method} ${attributes.route} ${attributes.status}`
  const series = known.get(key) ?? seriesOf(attributes)
  known.set(key, series)
  series.requests.updateUnsafe(1, context)
  series.duration.updateUnsafe(seconds, context)
}
