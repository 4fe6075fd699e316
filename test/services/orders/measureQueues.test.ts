import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { measureQueues } from "../../../src/services/orders/measureQueues.ts"
import { OrderQueue } from "../../../src/services/orders/ports/OrderQueue.ts"

it.effect("a queue that does not answer is skipped, and the other one is counted", () =>
  Effect.gen(function* () {
    const measuring = yield* Effect.forkChild(measureQueues)
    yield* TestClock.adjust("1500 millis")
    const { orders, deadLetters } = yield* Fiber.join(measuring)
    assert.deepStrictEqual(Result.getOrThrow(orders), { visible: 7, inFlight: 1, delayed: 0 })
    assert.deepStrictEqual(deadLetters, Result.fail("unavailable"))
  }).pipe(
    Effect.provide(
      Layer.mock(OrderQueue, {
        count: (queue) =>
          queue === "orders"
            ? Effect.succeed({ visible: 7, inFlight: 1, delayed: 0 })
            : Effect.never
      })
    )
  )
)
