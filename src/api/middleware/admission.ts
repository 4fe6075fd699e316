// A bound on the requests in flight of one process. Whoever comes beyond it is told at once to come again
// later, before any work: the others are answered in time, and memory does not grow with the crowd.
import { Effect, Metric } from "effect"
import type { MiddlewareHandler } from "hono"
import type { ApiContext, ApiEnvironment, ApiRuntime } from "../context.ts"
import { problem } from "../problem.ts"

const refused = Metric.counter("http_requests_shed_total", {
  description: "Requests refused because too many were in flight",
  incremental: true
})

export const admission = (
  runtime: ApiRuntime,
  maxInFlight: number,
  /** Neither counted nor refused. */
  always: (c: ApiContext) => boolean
): MiddlewareHandler<ApiEnvironment> => {
  let inFlight = 0
  // One line when it begins, until half of the places are free again.
  let shedding = false

  const begin = Effect.suspend(() => {
    if (shedding) return Effect.void
    shedding = true
    return Effect.logWarning("too many requests in flight: refusing more", { maxInFlight })
  })

  return async (c, next) => {
    if (always(c)) return next()
    if (inFlight >= maxInFlight) {
      runtime.runFork(Effect.andThen(Metric.update(refused, 1), begin))
      return problem(c, "unavailable", { extension: {} })
    }
    inFlight += 1
    try {
      await next()
    } finally {
      inFlight -= 1
      if (inFlight <= maxInFlight / 2) shedding = false
    }
    return undefined
  }
}
