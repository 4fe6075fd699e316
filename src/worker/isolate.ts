// One bad item must not spoil its batch: where a batch dies of a defect it is halved, until the culprits
// are alone with it. Runs again what died, so only for work that may be repeated.
import { Effect } from "effect"

export interface Isolated<A, B> {
  /** What the parts that did not die returned. */
  readonly results: ReadonlyArray<B>
  readonly poisoned: ReadonlyArray<{ readonly item: A; readonly defect: unknown }>
}

export const isolate = <A, B, E, R>(
  items: ReadonlyArray<A>,
  run: (items: ReadonlyArray<A>) => Effect.Effect<B, E, R>
): Effect.Effect<Isolated<A, B>, E, R> =>
  Effect.suspend(() => run(items)).pipe(
    Effect.map((result): Isolated<A, B> => ({ results: [result], poisoned: [] })),
    Effect.catchDefect((defect) => {
      if (items.length <= 1)
        return Effect.succeed({ results: [], poisoned: items.map((item) => ({ item, defect })) })
      const middle = Math.ceil(items.length / 2)
      const halves = [items.slice(0, middle), items.slice(middle)]
      return Effect.map(
        Effect.forEach(halves, (half) => isolate(half, run)),
        (parts) => ({
          results: parts.flatMap(({ results }) => results),
          poisoned: parts.flatMap(({ poisoned }) => poisoned)
        })
      )
    })
  )
