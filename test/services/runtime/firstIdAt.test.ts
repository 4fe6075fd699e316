// Ids of a time stand between the bounds of that time.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { layer } from "../../../src/layers/crypto/RandomIdGenerator.ts"
import { firstIdAt } from "../../../src/services/runtime/firstIdAt.ts"
import { IdGenerator, idPattern } from "../../../src/services/runtime/IdGenerator.ts"

it.effect("an id is at or above the first id of its time, and below the first id of the next", () =>
  Effect.gen(function* () {
    for (const millis of [0, 1, Date.UTC(2026, 0, 1), Date.UTC(2100, 0, 1) + 999]) {
      yield* TestClock.setTime(millis)
      const id = yield* IdGenerator.use((ids) => ids.next)
      assert.isTrue(id >= firstIdAt(new Date(millis)))
      assert.isTrue(id < firstIdAt(new Date(millis + 1)))
    }
  }).pipe(Effect.provide(layer))
)

it("every time has a first id, also one without created ids", () => {
  for (const at of [new Date(-1), new Date(-8.64e15), new Date(0), new Date(8.64e15)])
    assert.match(firstIdAt(at), idPattern)
})
