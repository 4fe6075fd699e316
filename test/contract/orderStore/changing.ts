// What people decide about orders: each decision moves an order once, and the stock of an order that
// is given up comes back with its new state.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { OrderId } from "../../../src/services/ids.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import {
  assertBooks,
  assertSound,
  claimMail,
  confirm,
  current,
  draft,
  leaseSeconds,
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

/** Asks for the mail of an order that exists. */
const request = (id: OrderId, seconds: number) =>
  Effect.map(
    OrderStore.use((store) => store.requestMail(id, time(seconds))),
    Option.getOrThrow
  )

export const changing = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  it.effect("a cancelled order has given back every line, and its notice is due now", () =>
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
        confirmation: { state: "not_due", at: time(5) },
        notice: { state: "waiting" }
      })
      assert.deepStrictEqual(yield* current(order.id), outcome.order)
      assert.deepInclude(yield* recordOf(order.id), {
        work: Option.some({ dueAt: time(5), resends: 0 }),
        claim: Option.none()
      })
      for (const sku of [a, b]) yield* assertBooks(sku, { available: 5, reserved: 0 })
      yield* assertSound
    })
  )

  it.effect("of 20 concurrent cancels, one cancels the order, and the stock is returned once", () =>
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

  it.effect("a pending order that is failed returns its stock and has the reason", () =>
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
        confirmation: { state: "not_due", at: time(5) },
        notice: { state: "waiting" }
      })
      assert.deepStrictEqual(yield* current(order.id), outcome.order)
      assert.isFalse(Option.getOrThrow(yield* store.change(order.id, "cancel", time(6))).moved)
      yield* assertBooks(sku, { available: 5, reserved: 0 })
      yield* assertSound
    })
  )

  it.effect("a confirmed order can be fulfilled after its mail is sent, and keeps its stock", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const { id } = yield* placed(draft([{ sku, quantity: 3 }]))
      const claimId = uniqueClaimId()
      const fulfil = (seconds: number) =>
        Effect.map(store.change(id, "fulfil", time(seconds)), Option.getOrThrow)
      assert.isFalse((yield* fulfil(1)).moved)
      yield* confirm([id], 2)
      assert.isFalse((yield* fulfil(2)).moved)
      yield* claimMail(id, claimId, 2)
      const early = yield* fulfil(3)
      assert.isFalse(early.moved)
      assert.deepStrictEqual(early.order, yield* current(id))
      yield* recordMail(id, claimId, 4, { _tag: "Sent" })
      const outcome = yield* fulfil(5)
      assert.isTrue(outcome.moved)
      assert.deepInclude(outcome.order, { status: "fulfilled", version: 5 })
      assert.deepStrictEqual(outcome.order.confirmation, { state: "sent", at: time(4) })
      assert.deepStrictEqual(outcome.order.notice, { state: "waiting" })
      for (const command of ["fulfil", "cancel", "fail"] as const)
        assert.isFalse(Option.getOrThrow(yield* store.change(id, command, time(6))).moved)
      yield* assertBooks(sku, { available: 2, reserved: 3 })
      yield* assertSound
    })
  )

  for (const outcome of [
    { _tag: "Sent" },
    { _tag: "Undeliverable", reason: "no such mailbox" }
  ] as const)
    it.effect(`a mail that is ${outcome._tag} can be asked for again: it waits, due now`, () =>
      Effect.gen(function* () {
        const { id } = yield* newConfirmed
        const claimId = uniqueClaimId()
        yield* claimMail(id, claimId, 2)
        yield* recordMail(id, claimId, 4, outcome)
        const asked = yield* request(id, 5)
        assert.isTrue(asked.moved)
        assert.deepInclude(asked.order, { status: "confirmed", version: 5, updatedAt: time(5) })
        assert.deepStrictEqual(asked.order.confirmation, { state: "waiting" })
        assert.deepInclude(yield* recordOf(id), {
          order: asked.order,
          work: Option.some({ dueAt: time(5), resends: 0 }),
          claim: Option.none(),
          mailRequest: 1
        })
        yield* assertSound
        const again = yield* claimMail(id, uniqueClaimId(), 5)
        assert.deepInclude(Option.getOrThrow(again), { request: 1 })
      })
    )

  it.effect(
    "a waiting mail that is requested becomes due now, and its failure count is cleared",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const { id } = yield* newConfirmed
        for (const [outcome, seconds] of [
          [{ _tag: "Unknown" }, 0],
          [{ _tag: "Failed", reason: "its mail cannot be written" }, 300]
        ] as const) {
          const claimId = uniqueClaimId()
          assert.isTrue(Option.isSome(yield* claimMail(id, claimId, seconds)))
          yield* recordMail(id, claimId, seconds, outcome)
        }
        yield* store.flagAttention([id], "it fails", time(301))
        const before = yield* recordOf(id)
        assert.deepStrictEqual(
          before?.work,
          Option.some({ dueAt: time(600), resends: 0, unknownSends: 1, failures: 1 })
        )
        assert.isTrue((yield* request(id, 302)).moved)
        assert.deepInclude(yield* recordOf(id), {
          work: Option.some({ dueAt: time(302), resends: 0 }),
          mailRequest: 1,
          needsAttention: Option.none()
        })
        assert.isTrue(Option.isSome(yield* claimMail(id, uniqueClaimId(), 302)))
        yield* assertSound
      })
  )

  it.effect(
    "a mail can't be requested before it is due, while it is being sent, or when it is due already",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const { id } = yield* newOrder
        const refused = Effect.fnUntraced(function* (seconds: number) {
          const before = yield* recordOf(id)
          assert.deepStrictEqual(yield* request(id, seconds), {
            order: before?.order,
            before: before?.order,
            moved: false
          })
          assert.deepStrictEqual(yield* recordOf(id), before)
        })
        yield* refused(1)
        yield* confirm([id], 2)
        yield* claimMail(id, uniqueClaimId(), 3)
        yield* refused(4)
        // Past its lease too: its sender may have died, and the next one is not kept from it.
        yield* refused(4 + leaseSeconds)
        yield* store.change(id, "cancel", time(100))
        yield* refused(101)
      })
  )

  it.effect("concurrent requests for a mail are all counted", () =>
    Effect.gen(function* () {
      const { id } = yield* newConfirmed
      const claimId = uniqueClaimId()
      yield* claimMail(id, claimId, 2)
      yield* recordMail(id, claimId, 4, { _tag: "Sent" })
      const asked = yield* Effect.all(
        Array.from({ length: 10 }, () => request(id, 5)),
        { concurrency: "unbounded" }
      )
      // One that waits may be asked for as well: each request is another, and none is lost.
      const moved = asked.filter((outcome) => outcome.moved).length
      assert.strictEqual((yield* recordOf(id))?.mailRequest, moved)
      assert.strictEqual((yield* current(id)).version, 4 + moved)
    })
  )

  it.effect("a confirmed order can be cancelled, also after its mail is sent", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const { id } = yield* placed(draft([{ sku, quantity: 3 }]))
      const claimId = uniqueClaimId()
      yield* confirm([id], 1)
      yield* claimMail(id, claimId, 1)
      yield* recordMail(id, claimId, 2, { _tag: "Sent" })
      const outcome = Option.getOrThrow(yield* store.change(id, "cancel", time(3)))
      assert.isTrue(outcome.moved)
      assert.deepInclude(outcome.order, { status: "cancelled", version: 5 })
      assert.strictEqual(outcome.order.confirmation.state, "sent")
      assert.deepStrictEqual(outcome.order.notice, { state: "waiting" })
      yield* assertBooks(sku, { available: 5, reserved: 0 })
      yield* assertSound
    })
  )

  it.effect("orders of one SKU are placed and cancelled concurrently without losing a piece", () =>
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
