// A bound on the requests in flight of one process. Whoever comes beyond it is told at once to come again
// later, before any work: the others are answered in time, and memory does not grow with the crowd. A request
// whose body is still arriving does not count: clients that never send theirs would keep all others out.
import { Effect, Metric } from "effect"
import type { MiddlewareHandler } from "hono"
import type { ApiContext, ApiEnvironment, ApiRuntime } from "../context.ts"
import { problem } from "../problem.ts"

const refused = Metric.counter("http_requests_shed_total", {
  description: "Requests refused because too many were in flight",
  incremental: true
})

/** A request's place among those in flight. */
export interface Place {
  /** Gives the place up while the body arrives. */
  readonly leave: () => void
  /** Takes a place again; the Response refuses the request when there is none. */
  readonly retake: () => Response | undefined
}

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

  const take = (c: ApiContext): Response | undefined => {
    if (inFlight >= maxInFlight) {
      runtime.runFork(Effect.andThen(Metric.update(refused, 1), begin))
      return problem(c, "unavailable", { extension: {} })
    }
    inFlight += 1
    return undefined
  }

  return async (c, next) => {
    if (always(c)) return next()
    const refusal = take(c)
    if (refusal !== undefined) return refusal
    let has = true
    const leave = (): void => {
      if (!has) return
      has = false
      inFlight -= 1
      if (inFlight <= maxInFlight / 2) shedding = false
    }
    const retake = (): Response | undefined => {
      const none = take(c)
      has = none === undefined
      return none
    }
    c.set("place", { leave, retake })
    try {
      await next()
    } finally {
      leave()
    }
    return undefined
  }
}
