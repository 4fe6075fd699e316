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

    it.effect("draws each of the 80 other bits anew", () =>
      Effect.gen(function* () {
        const ids = yield* Effect.replicateEffect((yield* IdGenerator).next, 1000)
        const seen = ids.map((id) => BigInt(`0x${id.slice(12)}`))
        for (let bit = 0n; bit < 80n; bit++) {
          const ones = seen.filter((value) => (value >> bit) & 1n).length
          // Ten standard deviations either way.
          assert.isAbove(ones, 340, `bit ${bit}`)
          assert.isBelow(ones, 660, `bit ${bit}`)
        }
      }).pipe(Effect.provide(layer))
    )
  })
