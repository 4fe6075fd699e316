// One bad item must not make its batch fail: a batch that dies of a defect is halved until each bad item is alone. It
// repeats work, so use it only for work that may be repeated.
import { Effect, Result } from "effect"

export interface Poisoned<A> {
  readonly item: A
  readonly defect: unknown
}

/** What each part of the batch returned, or why its only item died, in the items' order. */
export const isolate = <A, B, E, R>(
  items: ReadonlyArray<A>,
  run: (items: ReadonlyArray<A>) => Effect.Effect<B, E, R>
): Effect.Effect<ReadonlyArray<Result.Result<B, Poisoned<A>>>, E, R> =>
  Effect.suspend(() => run(items)).pipe(
    Effect.map((result): ReadonlyArray<Result.Result<B, Poisoned<A>>> => [Result.succeed(result)]),
    Effect.catchDefect((defect) => {
      if (items.length <= 1)
        return Effect.succeed(items.map((item) => Result.fail({ item, defect })))
      const middle = Math.ceil(items.length / 2)
      const halves = [items.slice(0, middle), items.slice(middle)]
      return Effect.map(
        Effect.forEach(halves, (half) => isolate(half, run)),
        (parts) => parts.flat()
      )
    })
  )
