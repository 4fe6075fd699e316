// Claims on the mails of orders: one sender has a mail at a time, and none before it is due.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { ClaimId } from "../../../src/services/orders/model/Order.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { addSeconds } from "../../../src/services/time.ts"
import {
  assertSound,
  claimAt,
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

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/** When the claim of `claimMail` at 0 may be taken over, in seconds. */
const takeover = leaseSeconds + 10

export const mails = (it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>): void => {
  it.effect("a claim leases the mail, and returns what its sender needs", () =>
    Effect.gen(function* () {
      const sku = yield* stocked(5)
      const { id } = yield* placed(draft([{ sku, quantity: 3 }], { traceparent }))
      yield* confirm([id])
      const confirmed = yield* current(id)
      const claimId = uniqueClaimId()
      const claimed = yield* claimMail(id, claimId, 5)
      const order = {
        ...confirmed,
        version: 3,
        updatedAt: time(5),
        confirmation: { state: "sending", at: time(5) }
      }
      assert.deepStrictEqual<unknown>(
        claimed,
        Option.some({ order, kind: "confirmed", request: 0, traceparent })
      )
      assert.deepStrictEqual<unknown>(yield* current(id), order)
      assert.deepInclude(yield* recordOf(id), {
        // Past the lease and the margin, so that a query does not find it before it may be taken over.
        work: Option.some({ dueAt: time(5 + takeover), resends: 0, traceparent }),
        claim: Option.some({ id: claimId, leaseUntil: time(5 + leaseSeconds) })
      })
      yield* assertSound
    })
  )

  it.effect("a mail without a trace has an empty one", () =>
    Effect.gen(function* () {
      const { id } = yield* newConfirmed
      const claimed = Option.getOrThrow(yield* claimMail(id, uniqueClaimId(), 0))
      assert.strictEqual(claimed.traceparent, "")
    })
  )

  it.effect("of 20 concurrent claims, one gets each mail", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const orders = yield* Effect.forEach(Array.from({ length: 12 }), () => newConfirmed)
      const ids = orders.map(({ id }) => id)
      const claims = Array.from({ length: 20 }, (_, i) => ({
        claimId: uniqueClaimId(),
        orderIds: [...ids.slice(i % 12), ...ids.slice(0, i % 12)]
      }))
      const answers = yield* Effect.forEach(
        claims,
        ({ claimId, orderIds }) => store.claimMails({ orderIds, ...claimAt(6, claimId) }),
        { concurrency: "unbounded" }
      )
      const won = answers.flatMap((answer, i) =>
        answer.mails.map(({ order }) => [order.id, claims[i]?.claimId] as const)
      )
      assert.strictEqual(won.length, 12)
      assert.sameMembers(
        won.map(([id]) => id),
        ids
      )
      for (const [id, claimId] of won) {
        const record = yield* recordOf(id)
        assert.strictEqual(record?.order.version, 3)
        assert.deepStrictEqual(
          Option.map(record?.claim ?? Option.none(), (claim): ClaimId | undefined => claim.id),
          Option.some(claimId)
        )
      }
    })
  )

  it.effect("a mail can be claimed from 5 seconds before it is due", () =>
    Effect.gen(function* () {
      const { id } = yield* newConfirmed
      yield* claimMail(id, uniqueClaimId(), 0)
      const { id: waiting } = yield* newConfirmed
      const first = uniqueClaimId()
      yield* claimMail(waiting, first, 0)
      yield* recordMail(waiting, first, 0, { _tag: "Unknown" })
      const before = yield* recordOf(waiting)
      assert.deepStrictEqual(
        before?.work,
        Option.some({ dueAt: time(300), resends: 0, unknownSends: 1 })
      )
      assert.isTrue(Option.isNone(yield* claimMail(waiting, uniqueClaimId(), 294.999)))
      assert.deepStrictEqual(yield* recordOf(waiting), before)
      assert.isTrue(Option.isSome(yield* claimMail(waiting, uniqueClaimId(), 295)))
    })
  )

  it.effect("orders with open work are counted by status, with the oldest", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      // Before all orders of other tests, which are in the same store.
      const old = (seconds: number) => addSeconds(new Date(Date.UTC(2001, 0, 1)), seconds)
      const sku = yield* stocked(10)
      const place = (seconds: number) => placed(draft([{ sku, quantity: 1 }], { at: old(seconds) }))
      const counts = Effect.all({
        pending: store.countUnsettled("pending", 100_000),
        confirmed: store.countUnsettled("confirmed", 100_000)
      })
      const before = yield* counts
      const [first, second, third] = [yield* place(0), yield* place(10), yield* place(20)]
      yield* store.confirm([second.id], old(30))
      assert.deepStrictEqual(yield* counts, {
        pending: { count: before.pending.count + 2, oldest: Option.some(old(0)) },
        confirmed: { count: before.confirmed.count + 1, oldest: Option.some(old(10)) }
      })
      assert.deepStrictEqual(yield* store.countUnsettled("pending", 1), {
        count: 1,
        oldest: Option.some(old(0))
      })
      for (const { id } of [first, second, third]) yield* store.change(id, "cancel", time())
      assert.deepStrictEqual(yield* counts, before)
    })
  )

  it.effect("a mail is taken over after its lease and the margin for clock skew", () =>
    Effect.gen(function* () {
      const { id } = yield* newConfirmed
      const [slow, quick] = [uniqueClaimId(), uniqueClaimId()]
      yield* claimMail(id, slow, 0)
      const before = yield* recordOf(id)
      for (const seconds of [1, leaseSeconds, takeover - 5, takeover - 0.001])
        assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), seconds)))
      assert.deepStrictEqual(yield* recordOf(id), before)
      const taken = Option.getOrThrow(yield* claimMail(id, quick, takeover))
      assert.deepInclude(taken.order, { version: 4, status: "confirmed" })
      assert.deepInclude(yield* recordOf(id), {
        claim: Option.some({ id: quick, leaseUntil: time(takeover + leaseSeconds) }),
        work: Option.some({ dueAt: time(2 * takeover), resends: 0 })
      })
      yield* assertSound
    })
  )

  it.effect("of 10 concurrent senders that take over a mail, one gets it", () =>
    Effect.gen(function* () {
      const { id } = yield* newConfirmed
      yield* claimMail(id, uniqueClaimId(), 0)
      const taken = yield* Effect.all(
        Array.from({ length: 10 }, () => claimMail(id, uniqueClaimId(), takeover)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(taken.filter(Option.isSome).length, 1)
      assert.strictEqual((yield* current(id)).version, 4)
    })
  )

  it.effect("orders that are pending, settled or unknown are skipped, and stay as they are", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const mine = yield* newConfirmed
      const pending = yield* newOrder
      const sent = yield* newConfirmed
      const refused = yield* newConfirmed
      for (const { id } of [sent, refused]) {
        const claimId = uniqueClaimId()
        yield* claimMail(id, claimId, 1)
        const outcome = { _tag: "Undeliverable", reason: "no such mailbox" } as const
        yield* recordMail(id, claimId, 2, id === sent.id ? { _tag: "Sent" } : outcome)
      }
      const others = [pending, sent, refused].map(({ id }) => id)
      const before = yield* Effect.forEach(others, recordOf)
      const { mails: claimed, unreadable } = yield* store.claimMails({
        orderIds: [nextId(), ...others, mine.id],
        ...claimAt(1000, uniqueClaimId())
      })
      assert.deepStrictEqual(
        claimed.map(({ order }) => order),
        [yield* current(mine.id)]
      )
      assert.deepStrictEqual(unreadable, [])
      assert.deepStrictEqual(yield* Effect.forEach(others, recordOf), before)
      yield* assertSound
    })
  )

  it.effect("the same claim again, after a lost answer, returns the same mails", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const orders = yield* Effect.forEach(Array.from({ length: 3 }), () => newConfirmed)
      const orderIds = orders.map(({ id }) => id)
      const claimId = uniqueClaimId()
      const byId = (answer: {
        readonly mails: ReadonlyArray<{ readonly order: { id: string } }>
      }) => new Map(answer.mails.map((mail) => [mail.order.id, mail]))
      const first = yield* store.claimMails({ orderIds, ...claimAt(1, claimId) })
      const before = yield* Effect.forEach(orderIds, recordOf)
      const again = yield* store.claimMails({ orderIds, ...claimAt(5, claimId) })
      assert.strictEqual(first.mails.length, 3)
      assert.deepStrictEqual(byId(again), byId(first))
      assert.deepStrictEqual(yield* Effect.forEach(orderIds, recordOf), before)
    })
  )

  it.effect(
    "the same claim again does not return a mail that is recorded, or of an order that is final",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const [sent, released, cancelled] = [
          yield* newConfirmed,
          yield* newConfirmed,
          yield* newConfirmed
        ]
        const orderIds = [sent.id, released.id, cancelled.id]
        const claimId = uniqueClaimId()
        const claim = { orderIds, ...claimAt(1, claimId) }
        assert.strictEqual((yield* store.claimMails(claim)).mails.length, 3)
        yield* recordMail(sent.id, claimId, 2, { _tag: "Sent" })
        yield* recordMail(released.id, claimId, 2, { _tag: "Unknown" })
        yield* store.change(cancelled.id, "cancel", time(2))
        assert.deepStrictEqual(yield* store.claimMails(claim), { mails: [], unreadable: [] })
      })
  )

  it.effect("an order that is given twice is claimed once", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newConfirmed
      const answer = yield* store.claimMails({
        orderIds: [id, id],
        ...claimAt(1, uniqueClaimId())
      })
      assert.strictEqual(answer.mails.length, 1)
    })
  )

  it.effect("after a concurrent claim and cancel only the notice is due", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      for (let n = 0; n < 5; n++) {
        const { id } = yield* newConfirmed
        const [claimed, cancel] = yield* Effect.all(
          [claimMail(id, uniqueClaimId(), 1), store.change(id, "cancel", time(1))],
          { concurrency: "unbounded" }
        )
        assert.isTrue(Option.getOrThrow(cancel).moved)
        // The claim says what the order was when it was read, and its mail is about that.
        for (const { order, kind } of Option.toArray(claimed))
          assert.strictEqual(order.status, kind)
        const order = yield* current(id)
        assert.deepInclude(order, { status: "cancelled" })
        assert.strictEqual(order.confirmation.state, "not_due")
        const later = yield* claimMail(id, uniqueClaimId(), 1000)
        assert.strictEqual(Option.getOrThrow(later).kind, "cancelled")
      }
      yield* assertSound
    })
  )

  it.effect(
    "due mails are found longest due first, for all orders except pending ones, and not changed",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const longAgo = (seconds: number) => addSeconds(new Date(Date.UTC(2015, 0, 1)), seconds)
        const sku = yield* stocked(6)
        const at = longAgo(0)
        const orders = yield* Effect.forEach(Array.from({ length: 6 }), () =>
          placed(draft([{ sku, quantity: 1 }], { at }))
        )
        const [a, b, c, pending, cancelled, sending] = orders.map(({ id }) => id)
        assert(a && b && c && pending && cancelled && sending)
        for (const [id, seconds] of [
          [b, 20],
          [a, 10],
          [c, 30],
          [cancelled, 1],
          [sending, 1]
        ] as const)
          yield* store.confirm([id], longAgo(seconds))
        yield* store.change(cancelled, "cancel", longAgo(18))
        const claimId = uniqueClaimId()
        yield* store.claimMails({
          ...{ orderIds: [sending], claimId, at: longAgo(6), leaseUntil: longAgo(100) }
        })
        const before = yield* Effect.forEach(orders, ({ id }) => recordOf(id))
        const due = (seconds: number, limit: number) => store.findDueMails(longAgo(seconds), limit)
        assert.deepStrictEqual(yield* due(14.999, 10), [])
        assert.deepStrictEqual(yield* due(15, 10), [{ orderId: a, dueAt: longAgo(15) }])
        assert.deepStrictEqual(yield* due(100, 3), [
          { orderId: a, dueAt: longAgo(15) },
          { orderId: cancelled, dueAt: longAgo(18) },
          { orderId: b, dueAt: longAgo(25) }
        ])
        const counted = (seconds: number, limit: number) =>
          store.countDueMails(longAgo(seconds), limit)
        assert.deepStrictEqual(yield* counted(14, 10), { count: 0, oldest: Option.none() })
        assert.deepStrictEqual(yield* counted(100, 10), {
          ...{ count: 4, oldest: Option.some(longAgo(15)) }
        })
        assert.deepStrictEqual(yield* counted(100, 2), {
          ...{ count: 2, oldest: Option.some(longAgo(15)) }
        })
        const ids = (found: ReadonlyArray<{ readonly orderId: string }>) =>
          found.map(({ orderId }) => orderId)
        assert.deepStrictEqual(ids(yield* due(109.999, 10)), [a, cancelled, b, c])
        // The mail of a sender that has died.
        assert.deepStrictEqual(ids(yield* due(110, 10)), [a, cancelled, b, c, sending])
        assert.deepStrictEqual(yield* Effect.forEach(orders, ({ id }) => recordOf(id)), before)
        for (const { id } of orders) yield* store.change(id, "cancel", time())
        yield* assertSound
      })
  )
}
