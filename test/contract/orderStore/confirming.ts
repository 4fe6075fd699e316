// Confirming orders: each pending order moves once, and its mail is due in the same write.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import {
  assertBooks,
  assertSound,
  claimMail,
  current,
  draft,
  newConfirmed,
  newOrder,
  nextId,
  placed,
  recordMail,
  recordOf,
  type StoreProbe,
  stocked,
  time,
  uniqueClaimId
} from "../stores.ts"

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

export const confirming = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  it.effect("a pending order is confirmed, and its mail is due 5 seconds later", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const order = yield* placed(draft([{ sku, quantity: 3 }], { traceparent }))
      const confirmed = {
        ...order,
        status: "confirmed",
        version: 2,
        updatedAt: time(7),
        timeline: [...order.timeline, { status: "confirmed", at: time(7) }]
      }
      assert.deepStrictEqual<unknown>(yield* store.confirm([order.id], time(7)), {
        count: 1,
        orders: [confirmed],
        unreadable: []
      })
      assert.deepStrictEqual<unknown>(yield* current(order.id), confirmed)
      assert.deepInclude(yield* recordOf(order.id), {
        work: Option.some({ dueAt: time(12), resends: 0, traceparent }),
        claim: Option.none(),
        mailRequest: 0
      })
      yield* assertBooks(sku, { available: 2, reserved: 3 })
      yield* assertSound
    })
  )

  it.effect("of 10 concurrent calls for the same 20 orders, one confirms each order", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const orders = yield* Effect.forEach(Array.from({ length: 20 }), () => newOrder)
      const ids = orders.map(({ id }) => id)
      const answers = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, i) => [...ids.slice(i), ...ids.slice(0, i)]),
        (some) => store.confirm(some, time(1)),
        { concurrency: "unbounded" }
      )
      const counts = answers.map(({ count }) => count)
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count),
        20
      )
      for (const answer of answers) {
        assert.sameMembers(
          answer.orders.map(({ id }) => id),
          ids
        )
        for (const { status, version } of answer.orders)
          assert.deepStrictEqual({ status, version }, { status: "confirmed", version: 2 })
      }
      yield* assertSound
    })
  )

  it.effect("the same call again changes nothing and returns the same orders", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newOrder
      const first = yield* store.confirm([id], time(1))
      const before = yield* recordOf(id)
      assert.deepStrictEqual(yield* store.confirm([id], time(3)), { ...first, count: 0 })
      assert.deepStrictEqual(yield* recordOf(id), before)
    })
  )

  it.effect("an order that is given twice is confirmed once and returned once", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newOrder
      const answer = yield* store.confirm([id, id], time(1))
      assert.deepStrictEqual(answer, { count: 1, orders: [yield* current(id)], unreadable: [] })
    })
  )

  it.effect("orders that are not pending stay as they are, and the result says which exist", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const pending = yield* newOrder
      const cancelled = yield* newOrder
      const failed = yield* newOrder
      const confirmed = yield* newConfirmed
      const sending = yield* newConfirmed
      const sent = yield* newConfirmed
      const fulfilled = yield* newConfirmed
      yield* store.change(cancelled.id, "cancel", time(1))
      yield* store.change(failed.id, "fail", time(1))
      for (const { id } of [sending, sent, fulfilled]) {
        const claimId = uniqueClaimId()
        yield* claimMail(id, claimId, 1)
        if (id !== sending.id) yield* recordMail(id, claimId, 2, { _tag: "Sent" })
      }
      yield* store.change(fulfilled.id, "fulfil", time(3))
      const others = [cancelled, failed, confirmed, sending, sent, fulfilled].map(({ id }) => id)
      const before = yield* Effect.forEach(others, recordOf)
      const answer = yield* store.confirm([nextId(), ...others, pending.id], time(4))
      assert.strictEqual(answer.count, 1)
      assert.deepStrictEqual(yield* Effect.forEach(others, recordOf), before)
      const told = new Map(answer.orders.map((order) => [order.id, order]))
      assert.deepStrictEqual(
        told,
        new Map(
          yield* Effect.forEach([...others, pending.id], (id) =>
            Effect.map(current(id), (order) => [id, order] as const)
          )
        )
      )
      assert.deepStrictEqual(answer.unreadable, [])
      yield* assertSound
    })
  )

  it.effect("a flag stays while the mail is not sent", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newOrder
      yield* store.flagAttention([id], "it fails", time(1))
      yield* store.confirm([id], time(2))
      assert.deepStrictEqual(
        (yield* recordOf(id))?.needsAttention,
        Option.some({ reason: "it fails", at: time(1) })
      )
    })
  )

  it.effect("after a concurrent confirm and cancel the order is cancelled", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      for (let n = 0; n < 5; n++) {
        const { id } = yield* newOrder
        const [{ orders }, cancel] = yield* Effect.all(
          [store.confirm([id], time(1)), store.change(id, "cancel", time(1))],
          { concurrency: "unbounded" }
        )
        assert.isTrue(Option.getOrThrow(cancel).moved)
        for (const { status } of orders) assert.include(["confirmed", "cancelled"], status)
        const order = yield* current(id)
        assert.strictEqual(order.status, "cancelled")
        assert.strictEqual(order.version, order.timeline.length)
      }
      yield* assertSound
    })
  )

  it.effect("an empty batch confirms nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* OrderStore.use((store) => store.confirm([], time())), {
        ...{ count: 0, orders: [], unreadable: [] }
      })
    })
  )
}
