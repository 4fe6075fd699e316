// What is measured of HTTP, in the names and units that Prometheus asks for.
import { Effect, Metric } from "effect"

const requests = Metric.counter("http_requests_total", {
  description: "Requests answered, by route pattern, method and status",
  incremental: true
})

const duration = Metric.histogram("http_request_duration_seconds", {
  description: "Time from the arrival of a request to its answer",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
})

export const recordRequest = (
  attributes: { readonly route: string; readonly method: string; readonly status: string },
  seconds: number
): Effect.Effect<void> =>
  Effect.andThen(
    Metric.update(Metric.withAttributes(requests, attributes), 1),
    Metric.update(Metric.withAttributes(duration, attributes), seconds)
  )
