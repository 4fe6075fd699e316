// What every IdGenerator owes: ids that are unique, sort by time, and tell nothing of the next.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { TestClock } from "effect/testing"
import { IdGenerator, idPattern } from "../../src/services/runtime/IdGenerator.ts"

export const idGeneratorContract = (name: string, layer: Layer.Layer<IdGenerator>) =>
  describe(name, () => {
    it.effect("gives ten thousand different ids within one millisecond", () =>
      Effect.gen(function* () {
        const ids = yield* Effect.replicateEffect((yield* IdGenerator).next, 10_000)
        for (const id of ids) assert.match(id, idPattern)
        assert.strictEqual(new Set(ids).size, ids.length)
      }).pipe(Effect.provide(layer))
    )

    it.effect("gives ids that sort by the millisecond of their creation", () =>
      Effect.gen(function* () {
        const { next } = yield* IdGenerator
        const ids: Array<string> = []
        for (const time of [0, 1, 15, 16, 255, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1]) {
          yield* TestClock.setTime(time)
          const id = yield* next
          assert.strictEqual(Number.parseInt(id.slice(0, 12), 16), time)
          ids.push(id)
        }
        assert.isTrue(ids.every((id, n) => n === 0 || id > (ids[n - 1] ?? "")))
      }).pipe(Effect.provide(layer))
    )

    it.effect("gives ids that sort in the order of their creation within one millisecond", () =>
      Effect.gen(function* () {
        const { next } = yield* IdGenerator
        for (const time of [5, 6]) {
          yield* TestClock.setTime(time)
          const ids = yield* Effect.replicateEffect(next, 10_000)
          assert.deepStrictEqual([...ids].sort(), ids)
        }
      }).pipe(Effect.provide(layer))
    )

    /** Of each bit from `from` on, about half of a thousand ids have it. */
    const assertRandom = (ids: ReadonlyArray<string>, from: number) => {
      const seen = ids.map((id) => BigInt(`0x${id}`))
      for (let bit = 0n; bit < 128n - BigInt(from); bit++) {
        const ones = seen.filter((value) => (value >> bit) & 1n).length
        // Ten standard deviations either way.
        assert.isAbove(ones, 340, `bit ${bit}`)
        assert.isBelow(ones, 660, `bit ${bit}`)
      }
    }

    it.effect("draws the last 64 bits of an id anew", () =>
      Effect.gen(function* () {
        assertRandom(yield* Effect.replicateEffect((yield* IdGenerator).next, 1000), 64)
      }).pipe(Effect.provide(layer))
    )

    it.effect("draws all 128 bits of an unguessable one anew", () =>
      Effect.gen(function* () {
        const ids = yield* Effect.replicateEffect((yield* IdGenerator).unguessable, 1000)
        for (const id of ids) assert.match(id, idPattern)
        assertRandom(ids, 0)
      }).pipe(Effect.provide(layer))
    )
  })
