// The worker's steps on hosts that run a function for each event.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { OrderId } from "../../src/services/ids.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { confirmDelivered, roundOfDue } from "../../src/worker/onEvents.ts"
import {
  letters,
  mailOf,
  mails,
  makeOutage,
  numbered,
  options,
  orderOf,
  pass,
  placed,
  receive,
  sendMessages,
  stateOf,
  storeError,
  storeOrder,
  system,
  whileTimePasses
} from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")
const nowhere = OrderId.make("nowhere")

/** A round of 20 s at most, in small steps. */
const round = Effect.gen(function* () {
  const fiber = yield* Effect.forkChild(roundOfDue(options, "20 seconds"), {
    startImmediately: true
  })
  yield* pass(21)
  yield* Fiber.join(fiber)
})

describe("messages that the host has received", () => {
  it.effect("are confirmed and left for the host to delete; the schedule sends their mails", () =>
    Effect.gen(function* () {
      yield* placed(a, b)
      assert.deepStrictEqual(yield* confirmDelivered(yield* receive(), "10 seconds"), [])
      assert.deepStrictEqual(
        [yield* stateOf(a), yield* stateOf(b)],
        Array(2).fill("confirmed/waiting")
      )
      const { inFlight } = yield* OrderQueue.use((queue) => queue.count("orders"))
      assert.strictEqual(inFlight, 2)
    }).pipe(Effect.provide(system))
  )

  it.effect(
    "are kept when they could not be confirmed, and dead-lettered when they can't be decoded",
    () =>
      Effect.gen(function* () {
        yield* placed(a)
        yield* sendMessages([nowhere])
        yield* OrderQueue.use((queue) => queue.send([{ body: "not an order", traceparent: "" }]))
        const deliveries = yield* receive()
        const left = yield* confirmDelivered(deliveries, "10 seconds")
        assert.deepStrictEqual(
          left.map(({ body }) => JSON.parse(body).orderId),
          [nowhere]
        )
        assert.strictEqual((yield* orderOf(a)).status, "confirmed")
        assert.strictEqual((yield* letters).length, 1)
      }).pipe(Effect.provide(system))
  )

  it.effect(
    "are all kept and hidden for long while the store is unavailable, within the host's time limit",
    () => {
      const { unless } = makeOutage()
      const away = intercept(OrderStore, (store) => ({
        confirm: (ids, at) => unless(storeError("confirm"))(store.confirm(ids, at))
      })).pipe(Layer.provideMerge(system))
      return Effect.gen(function* () {
        yield* placed(a, b)
        const deliveries = yield* receive()
        const left = yield* whileTimePasses(confirmDelivered(deliveries, "10 seconds"), 11)
        assert.strictEqual(left.length, 2)
        yield* pass(600)
        assert.deepStrictEqual(yield* receive(), [])
        yield* pass(300)
        assert.strictEqual((yield* receive()).length, 2)
      }).pipe(Effect.provide(away))
    }
  )
})

describe("a round of what is due", () => {
  it.effect("mails confirmed orders and ends", () =>
    Effect.gen(function* () {
      const ids = numbered(20)
      yield* placed(...ids)
      for (const _ of ["the first ten", "the others"])
        yield* confirmDelivered(yield* receive(), "10 seconds")
      // Until then the mails are those of the process that confirmed.
      yield* pass(60)
      yield* round
      assert.deepStrictEqual((yield* mails).toSorted(), ids.map((id) => mailOf(id)).toSorted())
    }).pipe(Effect.provide(system))
  )

  it.effect("confirms and mails an order whose message was lost", () =>
    Effect.gen(function* () {
      yield* storeOrder(a)
      yield* pass(120)
      yield* round
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
    }).pipe(Effect.provide(system))
  )

  it.effect("has nothing to do where nothing is due", () =>
    Effect.gen(function* () {
      yield* roundOfDue(options, "20 seconds")
      assert.deepStrictEqual(yield* mails, [])
    }).pipe(Effect.provide(system))
  )
})
