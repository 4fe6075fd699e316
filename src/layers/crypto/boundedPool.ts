// A bound on expensive work: so many at once, so many waiting, and nobody beyond.
import { Effect, Semaphore } from "effect"
import { Overloaded } from "../../services/runtime/Overloaded.ts"

export interface PoolOptions {
  /** What is full, for the log. */
  readonly resource: string
  readonly concurrency: number
  /** How many may wait. 0: nobody ever waits for somebody else's work. */
  readonly waiting: number
}

export type Pool = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Overloaded, R>

/**
 * Who waits can be interrupted; work that has begun cannot, because its thread goes on and the place
 * is taken until it ends.
 */
export const makePool = (options: PoolOptions): Pool => {
  const { resource, concurrency, waiting } = options
  const places = Semaphore.makeUnsafe(concurrency)
  let admitted = 0
  const admit = Effect.suspend(() => {
    if (admitted >= concurrency + waiting) return Effect.fail(new Overloaded({ resource }))
    admitted += 1
    return Effect.void
  })
  const leave = Effect.sync(() => {
    admitted -= 1
  })
  return (work) =>
    Effect.acquireUseRelease(
      admit,
      () => Semaphore.withPermit(places, Effect.uninterruptible(work)),
      () => leave
    )
}
