// Confirming orders and their mails: one sender at a time, and nothing it did is lost.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { OrderId } from "../../../src/services/ids.ts"
import type { ClaimOutcome, MailOutcome } from "../../../src/services/orders/model/mailClaims.ts"
import type { ClaimId } from "../../../src/services/orders/model/Order.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import {
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

const newOrder = Effect.gen(function* () {
  const sku = yield* stocked(5)
  return yield* placed(draft([{ sku, quantity: 1 }]))
})

/** Claims one order for a minute. */
const claimOne = Effect.fnUntraced(function* (id: OrderId, claimId: ClaimId, seconds: number) {
  const outcomes = yield* OrderStore.use((store) =>
    store.claim({ orderIds: [id], claimId, at: time(seconds), leaseUntil: time(seconds + 60) })
  )
  const outcome: ClaimOutcome | undefined = outcomes.get(id)
  assert(outcome !== undefined)
  return outcome
})

const record = (orderId: OrderId, claimId: ClaimId, seconds: number, outcome: MailOutcome) =>
  OrderStore.use((store) => store.recordMails([{ orderId, claimId, at: time(seconds), outcome }]))

const sent: MailOutcome = { _tag: "Sent" }
const undeliverable: MailOutcome = { _tag: "Undeliverable", reason: "no such mailbox" }
const released: MailOutcome = { _tag: "Released", dueAt: time(300) }

export const mails = (it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>): void => {
  it.effect("a claim confirms the order and leases its mail", () =>
    Effect.gen(function* () {
      const order = yield* newOrder
      const claimId = uniqueClaimId()
      const outcome = yield* claimOne(order.id, claimId, 5)
      const confirmed = {
        ...order,
        status: "confirmed",
        version: 2,
        updatedAt: time(5),
        timeline: [...order.timeline, { status: "confirmed", at: time(5) }],
        confirmation: { state: "sending", at: time(5) }
      }
      assert.deepStrictEqual<unknown>(outcome, { _tag: "Claimed", order: confirmed })
      assert.deepStrictEqual<unknown>(yield* current(order.id), confirmed)
      assert.deepStrictEqual(
        (yield* recordOf(order.id))?.claim,
        Option.some({ id: claimId, leaseUntil: time(65) })
      )
      yield* assertSound
    })
  )

  it.effect("of 10 concurrent claimers one claims, 9 are told until when it is held", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      const outcomes = yield* Effect.all(
        Array.from({ length: 10 }, () => claimOne(id, uniqueClaimId(), 0)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Claimed").length, 1)
      const held = outcomes.filter((outcome) => outcome._tag === "Held")
      assert.strictEqual(held.length, 9)
      for (const { until } of held) assert.deepStrictEqual(until, time(60))
      assert.strictEqual((yield* current(id)).version, 2)
    })
  )

  it.effect("concurrent claimers of overlapping batches share them: each order has one", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const orders = yield* Effect.forEach(Array.from({ length: 12 }), () => newOrder)
      const ids = orders.map(({ id }) => id)
      const batches = Array.from({ length: 6 }, (_, i) => [...ids.slice(i * 2), ...ids.slice(0, i)])
      const outcomes = yield* Effect.forEach(
        batches,
        (orderIds) =>
          store.claim({ orderIds, claimId: uniqueClaimId(), at: time(), leaseUntil: time(60) }),
        { concurrency: "unbounded" }
      )
      for (const [i, outcome] of outcomes.entries())
        assert.deepStrictEqual(new Set(outcome.keys()), new Set(batches[i]))
      for (const id of ids) {
        const ofOrder = outcomes.flatMap((outcome) => outcome.get(id) ?? [])
        assert.strictEqual(ofOrder.filter(({ _tag }) => _tag === "Claimed").length, 1)
      }
    })
  )

  it.effect("a batch is told apart: claimed, held, settled and missing", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const [mine, held, cancelled] = [yield* newOrder, yield* newOrder, yield* newOrder]
      yield* claimOne(held.id, uniqueClaimId(), 0)
      yield* store.change(cancelled.id, "cancel", time(1))
      const missing = nextId()
      const outcomes = yield* store.claim({
        orderIds: [missing, cancelled.id, held.id, mine.id],
        claimId: uniqueClaimId(),
        at: time(2),
        leaseUntil: time(62)
      })
      assert.deepStrictEqual(
        [mine.id, held.id, cancelled.id, missing].map((id) => outcomes.get(id)),
        [
          { _tag: "Claimed", order: yield* current(mine.id) },
          { _tag: "Held", until: time(60) },
          { _tag: "Settled", order: yield* current(cancelled.id) },
          { _tag: "Missing" }
        ]
      )
      assert.strictEqual(outcomes.size, 4)
    })
  )

  it.effect("an ended lease can be claimed again, without confirming twice", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      yield* claimOne(id, uniqueClaimId(), 0)
      assert.strictEqual((yield* claimOne(id, uniqueClaimId(), 59))._tag, "Held")
      const again = yield* claimOne(id, uniqueClaimId(), 60)
      assert(again._tag === "Claimed")
      assert.strictEqual(again.order.version, 3)
      assert.deepStrictEqual(
        again.order.timeline.map(({ status }) => status),
        ["pending", "confirmed"]
      )
    })
  )

  it.effect("the same claim made again, after a lost answer, is still claimed", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      const claimId = uniqueClaimId()
      const first = yield* claimOne(id, claimId, 0)
      const before = yield* recordOf(id)
      assert.deepStrictEqual(yield* claimOne(id, claimId, 5), first)
      assert.deepStrictEqual(yield* recordOf(id), before)
    })
  )

  it.effect("a renewed lease keeps others out for longer, and its readers see no change", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newOrder
      const claimId = uniqueClaimId()
      yield* claimOne(id, claimId, 0)
      const before = yield* current(id)
      const renew = (seconds: number, until: number) =>
        store.renewClaims({
          orderIds: [id],
          claimId,
          at: time(seconds),
          leaseUntil: time(until)
        })
      assert.deepStrictEqual(yield* renew(30, 90), [id])
      assert.deepStrictEqual(yield* renew(31, 40), [id])
      assert.deepStrictEqual(yield* current(id), before)
      assert.deepStrictEqual(
        (yield* recordOf(id))?.claim,
        Option.some({ id: claimId, leaseUntil: time(90) })
      )
      assert.deepStrictEqual(yield* claimOne(id, uniqueClaimId(), 89), {
        _tag: "Held",
        until: time(90)
      })
      assert.deepStrictEqual(yield* renew(90, 150), [])
      assert.strictEqual((yield* claimOne(id, uniqueClaimId(), 90))._tag, "Claimed")
    })
  )

  it.effect("only what a claim still holds is renewed", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const [kept, sentAlready, theirs, cancelled] = [
        yield* newOrder,
        yield* newOrder,
        yield* newOrder,
        yield* newOrder
      ]
      const [claimId, theirClaimId] = [uniqueClaimId(), uniqueClaimId()]
      for (const { id } of [kept, sentAlready, cancelled]) yield* claimOne(id, claimId, 0)
      yield* claimOne(theirs.id, theirClaimId, 0)
      yield* record(sentAlready.id, claimId, 1, sent)
      yield* store.change(cancelled.id, "cancel", time(1))
      const held = yield* store.renewClaims({
        orderIds: [nextId(), sentAlready.id, theirs.id, cancelled.id, kept.id],
        claimId,
        at: time(2),
        leaseUntil: time(120)
      })
      // The mail of an order cancelled after its claim is under way all the same.
      assert.deepStrictEqual(new Set(held), new Set([kept.id, cancelled.id]))
      assert.deepStrictEqual(
        (yield* recordOf(theirs.id))?.claim,
        Option.some({ id: theirClaimId, leaseUntil: time(60) })
      )
    })
  )

  it.effect("of a renewal and a take-over at the lease's end, one holds the mail", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      for (let n = 0; n < 10; n++) {
        const { id } = yield* newOrder
        const [old, next] = [uniqueClaimId(), uniqueClaimId()]
        yield* claimOne(id, old, 0)
        // Their clocks differ: for one the lease has ended, for the other it has not.
        const [renewed, taken] = yield* Effect.all(
          [
            store.renewClaims({
              orderIds: [id],
              claimId: old,
              at: time(59),
              leaseUntil: time(119)
            }),
            claimOne(id, next, 60)
          ],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          (yield* recordOf(id))?.claim,
          Option.some(
            taken._tag === "Claimed"
              ? { id: next, leaseUntil: time(120) }
              : { id: old, leaseUntil: time(119) }
          )
        )
        // Renewed first and then lost would be a second sender that does not know it.
        if (taken._tag === "Claimed") assert.deepStrictEqual(renewed, [])
      }
    })
  )

  it.effect("a sent mail settles the order", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      const claimId = uniqueClaimId()
      yield* claimOne(id, claimId, 0)
      const changed = yield* record(id, claimId, 3, sent)
      assert.deepStrictEqual(changed, [yield* current(id)])
      assert.deepInclude(changed[0], { status: "confirmed", version: 3, updatedAt: time(3) })
      assert.deepStrictEqual(changed[0]?.confirmation, { state: "sent", at: time(3) })
      assert.deepInclude(yield* recordOf(id), { work: Option.none(), claim: Option.none() })
      assert.strictEqual((yield* claimOne(id, uniqueClaimId(), 100))._tag, "Settled")
      yield* assertSound
    })
  )

  it.effect("an undeliverable mail settles the order, which stays confirmed", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      const claimId = uniqueClaimId()
      yield* claimOne(id, claimId, 0)
      const [changed] = yield* record(id, claimId, 3, undeliverable)
      assert.strictEqual(changed?.status, "confirmed")
      assert.deepStrictEqual(changed?.confirmation, { state: "undeliverable", at: time(3) })
      assert.deepInclude(yield* recordOf(id), { work: Option.none(), claim: Option.none() })
      yield* assertSound
    })
  )

  it.effect("a released mail waits again, due when its sender said", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      const claimId = uniqueClaimId()
      yield* claimOne(id, claimId, 0)
      const [changed] = yield* record(id, claimId, 3, released)
      assert.deepStrictEqual(changed?.confirmation, { state: "waiting" })
      const stored = yield* recordOf(id)
      assert.deepStrictEqual(stored?.work, Option.some({ dueAt: time(300), resends: 0 }))
      assert.deepStrictEqual(stored?.claim, Option.none())
      assert.strictEqual((yield* claimOne(id, uniqueClaimId(), 4))._tag, "Claimed")
      yield* assertSound
    })
  )

  it.effect("a mail sent past its lease is recorded, whoever has claimed it since", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      const [slow, quick] = [uniqueClaimId(), uniqueClaimId()]
      yield* claimOne(id, slow, 0)
      yield* claimOne(id, quick, 60)
      const [changed] = yield* record(id, slow, 61, sent)
      assert.deepStrictEqual(changed?.confirmation, { state: "sent", at: time(61) })
      // The other's outcome, a mail too many, changes nothing.
      for (const outcome of [sent, undeliverable, released])
        assert.deepStrictEqual(yield* record(id, quick, 62, outcome), [])
      assert.deepStrictEqual(yield* current(id), changed)
      yield* assertSound
    })
  )

  it.effect("what else became of a mail is not recorded once somebody else has claimed it", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      const [slow, quick] = [uniqueClaimId(), uniqueClaimId()]
      yield* claimOne(id, slow, 0)
      yield* claimOne(id, quick, 60)
      const before = yield* recordOf(id)
      for (const outcome of [undeliverable, released])
        assert.deepStrictEqual(yield* record(id, slow, 61, outcome), [])
      assert.deepStrictEqual(yield* recordOf(id), before)
      assert.strictEqual((yield* record(id, quick, 62, undeliverable)).length, 1)
    })
  )

  it.effect(
    "a cancelled order's claimed mail is not due at once, whatever became of its sender",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const { id } = yield* newOrder
        const claimId = uniqueClaimId()
        yield* claimOne(id, claimId, 0)
        const cancelled = Option.getOrThrow(yield* store.change(id, "cancel", time(1)))
        assert.deepInclude(cancelled.order, { status: "cancelled", version: 3 })
        assert.deepStrictEqual(cancelled.order.confirmation, { state: "not_due", at: time(1) })
        assert.deepStrictEqual(yield* current(id), cancelled.order)
        assert.deepStrictEqual((yield* recordOf(id))?.work, Option.none())
        // Past the lease too: nobody claims it any more.
        const after = yield* claimOne(id, uniqueClaimId(), 120)
        assert.deepStrictEqual(after, { _tag: "Settled", order: cancelled.order })
        yield* assertSound
      })
  )

  it.effect(
    "a cancel between claim and record stays; what came of the mail is recorded beside it",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        for (const [outcome, state] of [
          [sent, "sent"],
          [undeliverable, "undeliverable"]
        ] as const) {
          const { id } = yield* newOrder
          const claimId = uniqueClaimId()
          yield* claimOne(id, claimId, 0)
          yield* store.change(id, "cancel", time(1))
          const [changed] = yield* record(id, claimId, 2, outcome)
          assert.deepInclude(changed, { status: "cancelled", version: 4 })
          assert.deepStrictEqual(changed?.confirmation, { state, at: time(2) })
          assert.deepInclude(yield* recordOf(id), { work: Option.none(), claim: Option.none() })
          for (const again of [outcome, released])
            assert.deepStrictEqual(yield* record(id, claimId, 3, again), [])
        }
        yield* assertSound
      })
  )

  it.effect("a mail that is given up after a cancel changes nothing: it is not due already", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newOrder
      const claimId = uniqueClaimId()
      yield* claimOne(id, claimId, 0)
      yield* store.change(id, "cancel", time(1))
      const before = yield* recordOf(id)
      assert.deepStrictEqual(yield* record(id, claimId, 2, released), [])
      assert.deepStrictEqual(yield* record(id, uniqueClaimId(), 2, undeliverable), [])
      assert.deepStrictEqual(yield* recordOf(id), before)
      yield* assertSound
    })
  )

  it.effect("a cancelled order is not claimed", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newOrder
      yield* store.change(id, "cancel", time(1))
      const before = yield* recordOf(id)
      assert.deepStrictEqual(yield* claimOne(id, uniqueClaimId(), 2), {
        _tag: "Settled",
        order: yield* current(id)
      })
      assert.deepStrictEqual(yield* recordOf(id), before)
    })
  )

  it.effect(
    "concurrent claims and cancels leave the order cancelled, in versions without a gap",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        for (let n = 0; n < 5; n++) {
          const { id } = yield* newOrder
          const claimId = uniqueClaimId()
          const [claim, cancel] = yield* Effect.all(
            [
              claimOne(id, claimId, 0),
              Effect.map(store.change(id, "cancel", time(1)), Option.getOrThrow)
            ],
            { concurrency: "unbounded" }
          )
          assert.isTrue(cancel.moved)
          assert.include(["Claimed", "Settled"], claim._tag)
          const order = yield* current(id)
          assert.strictEqual(order.status, "cancelled")
          assert.strictEqual(order.version, order.timeline.length)
        }
        yield* assertSound
      })
  )

  it.effect("a batch of outcomes is recorded at once, unknown orders aside", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const orders = yield* Effect.forEach(Array.from({ length: 4 }), () => newOrder)
      const claimId = uniqueClaimId()
      const ids = orders.map(({ id }) => id)
      yield* store.claim({ orderIds: ids, claimId, at: time(), leaseUntil: time(60) })
      const outcomes = [sent, undeliverable, released, sent]
      const changed = yield* store.recordMails([
        { orderId: nextId(), claimId, at: time(1), outcome: sent },
        ...ids.map((orderId, i) => ({
          orderId,
          claimId,
          at: time(1),
          outcome: outcomes[i] ?? sent
        }))
      ])
      const states = new Map(changed.map(({ id, confirmation }) => [id, confirmation.state]))
      assert.deepStrictEqual(
        ids.map((id) => states.get(id)),
        ["sent", "undeliverable", "waiting", "sent"]
      )
      assert.strictEqual(changed.length, 4)
      yield* assertSound
    })
  )

  it.effect("of 10 senders that record one mail at once, one changes the order", () =>
    Effect.gen(function* () {
      const { id } = yield* newOrder
      const claimId = uniqueClaimId()
      yield* claimOne(id, claimId, 0)
      yield* Effect.all(
        Array.from({ length: 10 }, () => record(id, claimId, 1, sent)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual((yield* current(id)).version, 3)
    })
  )
}
