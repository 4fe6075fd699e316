// A bound on the requests in flight of one process. A request beyond it gets 503 and Retry-After before any work: the
// others are answered in time, and memory stays bounded. A request whose body is still arriving does not count:
// otherwise clients that never send their body would block all others.
import { Effect, Metric } from "effect"
import { httpRequestsShed } from "../services/metrics.ts"
import type { ApiRuntime } from "./context.ts"

/** A request's slot among those in flight. */
export interface Place {
  /** Frees the slot: while the body arrives, and at the end. */
  readonly leave: () => void
  /** Takes a slot again; false if none is free. */
  readonly retake: () => boolean
}

export interface Admission {
  /** Takes a slot for a request; undefined if none is free. */
  readonly enter: () => Place | undefined
  /** The number of taken slots. */
  readonly inFlight: () => number
}

export const makeAdmission = (runtime: ApiRuntime, maxInFlight: number): Admission => {
  let inFlight = 0
  // One line when it begins, until half of the places are free again.
  let shedding = false

  const begin = Effect.suspend(() => {
    if (shedding) return Effect.void
    shedding = true
    return Effect.logWarning("too many requests in flight: refusing more", { maxInFlight })
  })

  const take = (): boolean => {
    if (inFlight < maxInFlight) {
      inFlight += 1
      return true
    }
    runtime.runFork(Effect.andThen(Metric.update(httpRequestsShed, 1), begin))
    return false
  }

  const enter = (): Place | undefined => {
    let has = take()
    if (!has) return undefined
    return {
      leave: () => {
        if (!has) return
        has = false
        inFlight -= 1
        if (inFlight <= maxInFlight / 2) shedding = false
      },
      retake: () => {
        has = take()
        return has
      }
    }
  }
  return { enter, inFlight: () => inFlight }
}
