// What ClientCounts owes: one count of a client for all processes, by windows that a settlement can name.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { ClientCounts } from "../../src/layers/runtime/SettledClientLimit.ts"
import { rateRules } from "../../src/services/runtime/RateLimiter.ts"

export interface ClientCountsSubject {
  readonly layer: (options: { readonly factor: number }) => Layer.Layer<ClientCounts>
  /** Lets so much of the windows go by. */
  readonly pass: (seconds: number) => Effect.Effect<void>
}

/** Adds uses of one client, to a window that is named or whichever is under way; what all processes used. */
export const addUses = (client: string, count: number, endsIn: Option.Option<number>) =>
  Effect.map(
    ClientCounts.use(({ add }) => add([{ client, count, endsIn }])),
    (windows) => Option.map(windows[0] ?? Option.none(), ({ used }) => used)
  )

export const clientCountsContract = (name: string, { layer, pass }: ClientCountsSubject): void => {
  const { limit, windowSeconds } = rateRules.client
  const window = windowSeconds * 1000

  describe(name, () => {
    it.effect("adds to the current window, which the first use has started", () =>
      Effect.gen(function* () {
        const client = crypto.randomUUID()
        assert.deepStrictEqual(yield* addUses(client, 3, Option.none()), Option.some(3))
        yield* pass(windowSeconds / 2)
        const counts = yield* ClientCounts
        const [answer] = yield* counts.add([{ client, count: 2, endsIn: Option.none() }])
        const { used, endsIn } = Option.getOrThrow(answer ?? Option.none())
        assert.strictEqual(used, 5)
        assert.isAtMost(endsIn, window / 2)
        assert.isAtLeast(endsIn, window / 2 - 1000)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("adds several clients' uses, each to its own count", () =>
      Effect.gen(function* () {
        const [one, other] = [crypto.randomUUID(), crypto.randomUUID()]
        const counts = yield* ClientCounts
        yield* addUses(other, 7, Option.none())
        const answers = yield* counts.add([
          { client: one, count: 1, endsIn: Option.none() },
          { client: other, count: 2, endsIn: Option.some(window) },
          { client: one, count: 3, endsIn: Option.some(window) }
        ])
        const used = answers.map(Option.map((answer) => answer.used))
        assert.deepStrictEqual(used, [Option.some(1), Option.some(9), Option.some(4)])
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("drops uses of a window that has ended, also when another one has started", () =>
      Effect.gen(function* () {
        const client = crypto.randomUUID()
        yield* addUses(client, 3, Option.none())
        yield* pass(windowSeconds - 10)
        assert.deepStrictEqual(yield* addUses(client, 2, Option.some(10_000)), Option.some(5))
        yield* pass(10)
        assert.deepStrictEqual(yield* addUses(client, 2, Option.some(1)), Option.none())
        assert.deepStrictEqual(yield* addUses(client, 1, Option.none()), Option.some(1))
        assert.deepStrictEqual(yield* addUses(client, 2, Option.some(1)), Option.none())
        assert.deepStrictEqual(yield* addUses(client, 1, Option.some(window)), Option.some(2))
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("counts up to the limit, and reports by how much the uses exceed it", () =>
      Effect.gen(function* () {
        const client = crypto.randomUUID()
        assert.deepStrictEqual(
          yield* addUses(client, 3 * limit + 9, Option.none()),
          Option.some(3 * limit + 9)
        )
        assert.deepStrictEqual(yield* addUses(client, 1, Option.none()), Option.some(3 * limit + 1))
      }).pipe(Effect.provide(layer({ factor: 3 })))
    )
  })
}
