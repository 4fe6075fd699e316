import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { OrderId } from "../../src/services/ids.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { now } from "../../src/services/time.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { recordingTracer } from "../fakes/recordingTracer.ts"
import {
  mailOf,
  mails,
  numbered,
  queueError,
  runWorker,
  stateOf,
  storeError,
  storeOrder,
  system
} from "./world.ts"

const a = OrderId.make("a")

/** The times at which overdue orders were asked for, in seconds. */
const looks = () => {
  const at: Array<number> = []
  const layer = intercept(OrderStore, (real) => ({
    takeOverdue: (time, limit) => {
      at.push(time.getTime() / 1000)
      return real.takeOverdue(time, limit)
    }
  })).pipe(Layer.provideMerge(system))
  return { at, layer }
}

describe("the watchdog", () => {
  it.effect("looks for overdue orders every 15 s", () => {
    const { at, layer } = looks()
    return Effect.gen(function* () {
      yield* runWorker
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(at, [0, 15, 30])
    }).pipe(Effect.provide(layer))
  })

  it.effect("confirms an order whose message was lost a minute after it was placed", () =>
    Effect.gen(function* () {
      yield* storeOrder(a)
      yield* runWorker
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* stateOf(a), "pending/waiting")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
    }).pipe(Effect.provide(system))
  )

  it.effect("has a span only when it found an order", () => {
    const { spans, layer } = recordingTracer()
    return Effect.gen(function* () {
      yield* storeOrder(a)
      yield* runWorker
      yield* TestClock.adjust("59 seconds")
      assert.lengthOf(spans, 0)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["watchdog"]
      )
    }).pipe(Effect.provide(Layer.merge(system, layer)))
  })

  it.effect("works without a queue", () =>
    Effect.gen(function* () {
      yield* storeOrder(a)
      yield* runWorker
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, () => ({
          receive: () => Effect.fail(queueError("receive"))
        })).pipe(Layer.provideMerge(system))
      )
    )
  )

  it.effect("continues immediately while there are more than one batch", () =>
    Effect.gen(function* () {
      const ids = numbered(250)
      yield* Effect.forEach(ids, (id) => storeOrder(id))
      yield* runWorker
      yield* Effect.repeat(TestClock.adjust("2 seconds"), { times: 34 })
      const states = new Set(yield* Effect.forEach(ids, stateOf))
      assert.deepStrictEqual([...states], ["confirmed/sent"])
    }).pipe(Effect.provide(system))
  )

  it.effect("retries an order that it could not confirm, after growing intervals", () => {
    const at: Array<number> = []
    return Effect.gen(function* () {
      yield* storeOrder(a)
      yield* runWorker
      yield* Effect.repeat(TestClock.adjust("15 seconds"), { times: 40 })
      // Due after 60 s, then 120 and 240 s later; found at the next look.
      assert.deepStrictEqual(at, [60, 180, 420])
      const [flag] = yield* OrderStore.use((store) => store.listAttention(10))
      assert.deepInclude(flag, {
        orderId: a,
        reason: "the order cannot be confirmed: Error: a bug"
      })
    }).pipe(
      Effect.provide(
        intercept(OrderStore, () => ({
          confirm: () =>
            Effect.flatMap(now, (time) => {
              at.push(time.getTime() / 1000)
              return Effect.die(new Error("a bug"))
            })
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("survives a store that is unavailable, and one that dies", () => {
    let rounds = 0
    return Effect.gen(function* () {
      yield* storeOrder(a)
      yield* runWorker
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          takeOverdue: (time, limit) => {
            rounds++
            if (rounds === 1) return Effect.fail(storeError("takeOverdue"))
            return rounds === 2 ? Effect.die(new Error("a bug")) : real.takeOverdue(time, limit)
          }
        })).pipe(Layer.provideMerge(system))
      )
    )
  })
})
