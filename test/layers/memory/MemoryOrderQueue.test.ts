import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import * as MemoryOrderQueue from "../../../src/layers/memory/MemoryOrderQueue.ts"
import { OrderQueue } from "../../../src/services/orders/ports/OrderQueue.ts"
import { DeadLetterProbe, orderQueueContract } from "../../contract/orderQueue.ts"

const probe = Layer.effect(
  DeadLetterProbe,
  Effect.map(MemoryOrderQueue.MemoryDeadLetters, ({ list }) =>
    DeadLetterProbe.of({
      list: Effect.map(list, (letters) =>
        letters.map(({ body, traceparent, reason }) => ({
          body,
          traceparent,
          reason: Option.getOrUndefined(reason)
        }))
      )
    })
  )
)

orderQueueContract("OrderQueue in memory", (options) =>
  Layer.provideMerge(probe, MemoryOrderQueue.layer(options))
)

describe("MemoryOrderQueue", () => {
  const poll = { max: 10, waitSeconds: 20, visibilitySeconds: 30 }

  it.effect("uses the Clock: a long poll gets a message that becomes visible while it waits", () =>
    Effect.gen(function* () {
      const queue = yield* OrderQueue
      yield* queue.send([{ body: "a", traceparent: "" }])
      yield* queue.receive({ ...poll, visibilitySeconds: 10 })
      const waiting = yield* Effect.forkChild(queue.receive(poll), { startImmediately: true })
      yield* TestClock.adjust("9999 millis")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 milli")
      assert.strictEqual((yield* Fiber.join(waiting))[0]?.receiveCount, 2)
    }).pipe(Effect.provide(MemoryOrderQueue.layer()))
  )

  it.effect("waits for a message only for the given time", () =>
    Effect.gen(function* () {
      const queue = yield* OrderQueue
      const waiting = yield* Effect.forkChild(queue.receive(poll), { startImmediately: true })
      yield* TestClock.adjust("19 seconds")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(waiting), [])
    }).pipe(Effect.provide(MemoryOrderQueue.layer()))
  )

  it.effect("wakes a long poll for a message that is sent or made visible, without a delay", () =>
    Effect.gen(function* () {
      const queue = yield* OrderQueue
      const first = yield* Effect.forkChild(queue.receive(poll), { startImmediately: true })
      yield* queue.send([{ body: "a", traceparent: "" }])
      const [delivery] = yield* Fiber.join(first)
      assert.isDefined(delivery)
      const second = yield* Effect.forkChild(queue.receive(poll), { startImmediately: true })
      yield* queue.changeVisibility([{ receipt: delivery.receipt, seconds: 0 }])
      assert.strictEqual((yield* Fiber.join(second))[0]?.receiveCount, 2)
    }).pipe(Effect.provide(MemoryOrderQueue.layer()))
  )

  it.effect("delivers immediately what an interrupted poll waited for", () =>
    Effect.gen(function* () {
      const queue = yield* OrderQueue
      const waiting = yield* Effect.forkChild(queue.receive(poll), { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      yield* queue.send([{ body: "a", traceparent: "" }])
      const [delivery] = yield* queue.receive({ ...poll, waitSeconds: 0 })
      assert.strictEqual(delivery?.receiveCount, 1)
    }).pipe(Effect.provide(MemoryOrderQueue.layer()))
  )

  it.effect(
    "still deletes by a receipt after its visibility timeout, until the message is received again",
    () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* queue.send([{ body: "a", traceparent: "" }])
        const [delivery] = yield* queue.receive(poll)
        assert.isDefined(delivery)
        yield* TestClock.adjust("31 seconds")
        const changes = [{ receipt: delivery.receipt, seconds: 60 }]
        assert.deepStrictEqual(yield* queue.changeVisibility(changes), [delivery.receipt])
        assert.deepStrictEqual(yield* queue.acknowledge([delivery.receipt]), [])
        assert.deepStrictEqual(yield* queue.acknowledge([delivery.receipt]), [delivery.receipt])
        assert.deepStrictEqual(yield* queue.receive({ ...poll, waitSeconds: 0 }), [])
      }).pipe(Effect.provide(MemoryOrderQueue.layer()))
  )
})
