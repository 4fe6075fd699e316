// The first step: what becomes of messages, and what readers see. The mails are the other step's.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { OrderId } from "../../src/services/ids.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import { OrderCache, OrderCacheError } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { now } from "../../src/services/time.ts"
import { intercept } from "../../src/testing/intercept.ts"
import {
  cachedStateOf,
  letters,
  mailOf,
  mails,
  makeOutage,
  numbered,
  orderOf,
  pass,
  placed,
  queueError,
  receive,
  runWorker,
  sendMessages,
  stateOf,
  storeError,
  storeOrder,
  system
} from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")

/** A system whose mails hang: only the first step gets anywhere. */
const withoutMails = intercept(Mailer, () => ({ send: () => Effect.never })).pipe(
  Layer.provideMerge(system)
)

/** Whether a message is left, now or later. */
const queueIsEmpty = Effect.gen(function* () {
  yield* TestClock.adjust("1 hour")
  return (yield* receive()).length === 0
})

describe("a message of a pending order", () => {
  it.effect("confirms it and is acknowledged, although no mail is sent", () =>
    Effect.gen(function* () {
      yield* placed(a, b)
      yield* runWorker
      yield* pass(1)
      const { status, version, timeline } = yield* orderOf(a)
      assert.strictEqual(status, "confirmed")
      assert.deepStrictEqual(
        timeline.map((entry) => entry.status),
        ["pending", "confirmed"]
      )
      assert.isAtLeast(version, 2)
      assert.strictEqual((yield* orderOf(b)).status, "confirmed")
      assert.isTrue(yield* queueIsEmpty)
    }).pipe(Effect.provide(withoutMails))
  )

  it.effect("is acknowledged only after the order is confirmed", () => {
    const seen: Array<string> = []
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      assert.deepStrictEqual(seen, ["confirmed"])
    }).pipe(
      Effect.provide(
        Layer.effect(
          OrderQueue,
          Effect.gen(function* () {
            const real = yield* OrderQueue
            const store = yield* OrderStore
            return {
              ...real,
              acknowledge: (receipts) =>
                Effect.andThen(
                  Effect.map(Effect.orDie(store.find(a)), (order) =>
                    seen.push(Option.getOrThrow(order).status)
                  ),
                  real.acknowledge(receipts)
                )
            }
          })
        ).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("updates the cache with the confirmation", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      assert.strictEqual(yield* cachedStateOf(a), "confirmed/sending")
    }).pipe(Effect.provide(withoutMails))
  )

  it.effect("that is sent twice and delivered twice confirms once", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* sendMessages([a, a])
      yield* runWorker
      yield* pass(1)
      yield* sendMessages([a])
      yield* pass(1)
      assert.lengthOf((yield* orderOf(a)).timeline, 2)
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      assert.isTrue(yield* queueIsEmpty)
    }).pipe(Effect.provide(system))
  )

  it.effect("does not wait for the cache or its result", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      assert.isTrue(yield* queueIsEmpty)
    }).pipe(
      Effect.provide(
        intercept(OrderCache, () => ({
          put: () => Effect.fail(new OrderCacheError({ operation: "put", cause: "away" }))
        })).pipe(Layer.provideMerge(system))
      )
    )
  )
})

describe("a message of another kind", () => {
  it.effect(
    "that can't be decoded goes to the dead-letter queue immediately, with its reason",
    () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* placed(a)
        yield* queue.send([{ body: "not JSON", traceparent: "" }])
        yield* runWorker
        yield* pass(1)
        const [reason] = yield* letters
        assert.include(Option.getOrThrow(reason ?? Option.none()), "JSON")
        assert.strictEqual((yield* orderOf(a)).status, "confirmed")
        assert.isTrue(yield* queueIsEmpty)
      }).pipe(Effect.provide(system))
  )

  it.effect("of a cancelled order is acknowledged and changes nothing", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      yield* placed(a)
      yield* store.change(a, "cancel", yield* now)
      yield* runWorker
      yield* pass(1)
      assert.strictEqual(yield* stateOf(a), "cancelled/not_due")
      assert.deepStrictEqual(yield* mails, [mailOf(a, "cancelled")])
      assert.isTrue(yield* queueIsEmpty)
    }).pipe(Effect.provide(system))
  )
})

describe("while the store is unavailable", () => {
  it.effect(
    "the worker keeps its messages, stops polling, and confirms when the store is back",
    () => {
      const { outage, unless } = makeOutage()
      let polls = 0
      return Effect.gen(function* () {
        yield* placed(a)
        yield* runWorker
        yield* pass(10)
        const before = polls
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(polls, before)
        outage.away = false
        yield* pass(6)
        assert.strictEqual(yield* stateOf(a), "confirmed/sent")
        assert.isTrue(yield* queueIsEmpty)
      }).pipe(
        Effect.provide(
          Layer.merge(
            intercept(OrderStore, (real) => ({
              confirm: (ids, at) => unless(storeError("confirm"))(real.confirm(ids, at))
            })),
            intercept(OrderQueue, (real) => ({
              receive: (options) => {
                polls++
                return real.receive(options)
              }
            }))
          ).pipe(Layer.provideMerge(system))
        )
      )
    }
  )

  it.effect("its message is not redelivered repeatedly", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* TestClock.adjust("14 minutes")
      assert.deepStrictEqual(yield* receive(), [])
    }).pipe(
      Effect.provide(
        intercept(OrderStore, () => ({
          confirm: () => Effect.fail(storeError("confirm"))
        })).pipe(Layer.provideMerge(system))
      )
    )
  )
})

describe("a queue that does not acknowledge", () => {
  it.effect("is asked again for the remaining messages", () => {
    const asked: Array<number> = []
    return Effect.gen(function* () {
      yield* placed(...numbered(4))
      yield* runWorker
      yield* pass(1)
      assert.deepStrictEqual(asked, [4, 1])
      assert.isTrue(yield* queueIsEmpty)
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          acknowledge: (receipts) => {
            asked.push(receipts.length)
            return asked.length > 1
              ? real.acknowledge(receipts)
              : Effect.andThen(
                  real.acknowledge(receipts.slice(1)),
                  Effect.succeed(receipts.slice(0, 1))
                )
          }
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("causes no second mail", () => {
    const { outage, unless } = makeOutage()
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(10)
      outage.away = false
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      assert.isTrue(yield* queueIsEmpty)
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          acknowledge: (receipts) => unless(queueError("acknowledge"))(real.acknowledge(receipts))
        })).pipe(Layer.provideMerge(system))
      )
    )
  })
})

it.effect("an order that was stored without its message is confirmed by its watchdog", () =>
  Effect.gen(function* () {
    yield* storeOrder(a)
    yield* runWorker
    yield* TestClock.adjust("80 seconds")
    assert.strictEqual(yield* stateOf(a), "confirmed/sent")
  }).pipe(Effect.provide(system))
)
