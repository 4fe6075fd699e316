// What people decide about orders: each decision moves an order once, and the stock of an order that
// is given up comes back with its new state.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import {
  assertBooks,
  assertSound,
  current,
  draft,
  nextId,
  placed,
  recordOf,
  type StoreProbe,
  stocked,
  time,
  uniqueClaimId
} from "../stores.ts"

export const changing = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  it.effect("a cancelled order has given back every line, and has no work left", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const [a, b] = [yield* stocked(5), yield* stocked(5)]
      const order = yield* placed(
        draft([
          { sku: a, quantity: 2 },
          { sku: b, quantity: 5 }
        ])
      )
      const outcome = Option.getOrThrow(yield* store.change(order.id, "cancel", time(5)))
      assert.isTrue(outcome.moved)
      assert.deepStrictEqual(outcome.order, {
        ...order,
        status: "cancelled",
        version: 2,
        updatedAt: time(5),
        timeline: [...order.timeline, { status: "cancelled", at: time(5) }],
        confirmation: { state: "not_due", at: time(5) }
      })
      assert.deepStrictEqual(yield* current(order.id), outcome.order)
      assert.deepStrictEqual((yield* recordOf(order.id))?.work, Option.none())
      for (const sku of [a, b]) yield* assertBooks(sku, { available: 5, reserved: 0 })
      yield* assertSound
    })
  )

  it.effect("of 20 concurrent cancels one moves the order, and the stock comes back once", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const { id } = yield* placed(draft([{ sku, quantity: 3 }]))
      const outcomes = yield* Effect.all(
        Array.from({ length: 20 }, () =>
          Effect.map(store.change(id, "cancel", time(1)), Option.getOrThrow)
        ),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(({ moved }) => moved).length, 1)
      for (const { order } of outcomes)
        assert.deepInclude(order, { status: "cancelled", version: 2 })
      yield* assertBooks(sku, { available: 5, reserved: 0 })
    })
  )

  it.effect("a cancelled order is not cancelled again", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const { id } = yield* placed(draft([{ sku, quantity: 3 }]))
      yield* store.change(id, "cancel", time(1))
      const before = yield* recordOf(id)
      const again = Option.getOrThrow(yield* store.change(id, "cancel", time(2)))
      assert.isFalse(again.moved)
      assert.deepStrictEqual(again.order, before?.order)
      assert.deepStrictEqual(yield* recordOf(id), before)
      yield* assertBooks(sku, { available: 5, reserved: 0 })
    })
  )

  it.effect("an unknown order is not changed", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      for (const command of ["cancel", "fulfil", "fail"] as const)
        assert.isTrue(Option.isNone(yield* store.change(nextId(), command, time())))
      assert.isTrue(Option.isNone(yield* store.requestMail(nextId(), time())))
    })
  )

  it.effect("a pending order that is failed gives its stock back and says why", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const order = yield* placed(draft([{ sku, quantity: 3 }]))
      const outcome = Option.getOrThrow(
        yield* store.change(order.id, "fail", time(5), "cannot be made any more")
      )
      assert.isTrue(outcome.moved)
      assert.deepStrictEqual(outcome.order, {
        ...order,
        status: "failed",
        version: 2,
        updatedAt: time(5),
        timeline: [
          ...order.timeline,
          { status: "failed", at: time(5), reason: "cannot be made any more" }
        ],
        confirmation: { state: "not_due", at: time(5) }
      })
      assert.deepStrictEqual(yield* current(order.id), outcome.order)
      assert.isFalse(Option.getOrThrow(yield* store.change(order.id, "cancel", time(6))).moved)
      yield* assertBooks(sku, { available: 5, reserved: 0 })
      yield* assertSound
    })
  )

  it.effect("a confirmed order is fulfilled once its mail is out, and keeps its stock", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const { id } = yield* placed(draft([{ sku, quantity: 3 }]))
      const claimId = uniqueClaimId()
      const fulfil = (seconds: number) =>
        Effect.map(store.change(id, "fulfil", time(seconds)), Option.getOrThrow)
      assert.isFalse((yield* fulfil(1)).moved)
      yield* store.claim({ orderIds: [id], claimId, at: time(2), leaseUntil: time(62) })
      const early = yield* fulfil(3)
      assert.isFalse(early.moved)
      assert.deepStrictEqual(early.order, yield* current(id))
      yield* store.recordMails([{ orderId: id, claimId, at: time(4), outcome: { _tag: "Sent" } }])
      const outcome = yield* fulfil(5)
      assert.isTrue(outcome.moved)
      assert.deepInclude(outcome.order, { status: "fulfilled", version: 4 })
      for (const command of ["fulfil", "cancel", "fail"] as const)
        assert.isFalse(Option.getOrThrow(yield* store.change(id, command, time(6))).moved)
      yield* assertBooks(sku, { available: 2, reserved: 3 })
      yield* assertSound
    })
  )

  it.effect(
    "a mail that is out can be asked for again: it waits, due now, free to be claimed",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const sku = yield* stocked(5)
        const { id } = yield* placed(draft([{ sku, quantity: 1 }]))
        const claimId = uniqueClaimId()
        const request = (seconds: number) =>
          Effect.map(store.requestMail(id, time(seconds)), Option.getOrThrow)
        assert.isFalse((yield* request(1)).moved)
        yield* store.claim({ orderIds: [id], claimId, at: time(2), leaseUntil: time(62) })
        assert.isFalse((yield* request(3)).moved)
        yield* store.recordMails([{ orderId: id, claimId, at: time(4), outcome: { _tag: "Sent" } }])
        const outcome = yield* request(5)
        assert.isTrue(outcome.moved)
        assert.deepInclude(outcome.order, { status: "confirmed", version: 4, updatedAt: time(5) })
        assert.deepStrictEqual(outcome.order.confirmation, { state: "waiting" })
        assert.deepInclude(yield* recordOf(id), {
          order: outcome.order,
          work: Option.some({ dueAt: time(5), resends: 0 }),
          claim: Option.none()
        })
        assert.isFalse((yield* request(6)).moved)
        yield* assertSound
        const again = yield* store.claim({
          orderIds: [id],
          claimId: uniqueClaimId(),
          at: time(7),
          leaseUntil: time(67)
        })
        assert.strictEqual(again.get(id)?._tag, "Claimed")
        yield* store.change(id, "cancel", time(8))
        assert.isFalse((yield* request(9)).moved)
      })
  )

  it.effect("a confirmed order is cancelled too, also when its mail is out", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const { id } = yield* placed(draft([{ sku, quantity: 3 }]))
      const claimId = uniqueClaimId()
      yield* store.claim({ orderIds: [id], claimId, at: time(1), leaseUntil: time(61) })
      yield* store.recordMails([{ orderId: id, claimId, at: time(2), outcome: { _tag: "Sent" } }])
      const outcome = Option.getOrThrow(yield* store.change(id, "cancel", time(3)))
      assert.isTrue(outcome.moved)
      assert.deepInclude(outcome.order, { status: "cancelled", version: 4 })
      assert.strictEqual(outcome.order.confirmation.state, "sent")
      yield* assertBooks(sku, { available: 5, reserved: 0 })
      yield* assertSound
    })
  )

  it.effect("orders of one SKU are placed and cancelled at once without losing a piece", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(30)
      const old = yield* store.place(
        Array.from({ length: 10 }, () => draft([{ sku, quantity: 1 }]))
      )
      const ids = old.flatMap((placement) => ("order" in placement ? [placement.order.id] : []))
      yield* Effect.all(
        [
          Effect.forEach(ids, (id) => store.change(id, "cancel", time(1)), {
            concurrency: "unbounded"
          }),
          Effect.forEach(
            Array.from({ length: 5 }, () => [
              draft([{ sku, quantity: 1 }]),
              draft([{ sku, quantity: 2 }])
            ]),
            store.place,
            { concurrency: "unbounded" }
          )
        ],
        { concurrency: "unbounded" }
      )
      yield* assertBooks(sku, { available: 15, reserved: 15 })
    })
  )
}
