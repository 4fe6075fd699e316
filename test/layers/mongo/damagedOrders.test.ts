// Orders that cannot be read, and orders as the previous version wrote them: neither keeps the others from
// being confirmed and mailed.
import { assert, layer } from "@effect/vitest"
import { Effect, Option } from "effect"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { type OrderDocument, orderModel } from "../../../src/layers/mongo/OrderModel.ts"
import type { OrderId } from "../../../src/services/ids.ts"
import { ClaimId } from "../../../src/services/orders/model/Order.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import {
  claimAt,
  claimMail,
  confirm,
  current,
  leaseSeconds,
  newConfirmed,
  newOrder,
  recordMail,
  time,
  uniqueClaimId
} from "../../contract/stores.ts"
import { describeWith } from "../../suite.ts"
import { mongoStores } from "./mongoStores.ts"

const collection = Effect.map(MongoConnection, ({ mongoose }) => orderModel(mongoose).collection)

/** The stored document as it is. */
const documentOf = Effect.fnUntraced(function* (id: OrderId) {
  const orders = yield* collection
  const document = yield* Effect.promise(() => orders.findOne({ _id: id }))
  assert(document !== null)
  return document
})

type Fields = Readonly<Record<string, unknown>>

const set = Effect.fnUntraced(function* (id: OrderId, fields: Fields) {
  const orders = yield* collection
  yield* Effect.promise(() =>
    orders.updateOne({ _id: id }, { $set: fields as Partial<OrderDocument> })
  )
})

const unset = Effect.fnUntraced(function* (id: OrderId, ...fields: ReadonlyArray<string>) {
  const orders = yield* collection
  const gone = Object.fromEntries(fields.map((field) => [field, true as const]))
  yield* Effect.promise(() => orders.updateOne({ _id: id }, { $unset: gone }))
})

const idsOf = (some: ReadonlyArray<{ readonly orderId: OrderId }>) =>
  some.map(({ orderId }) => orderId)

/** Claims a mail that is due and whose order cannot be read. */
const claimUnreadable = Effect.fnUntraced(function* (id: OrderId, seconds: number) {
  const store = yield* OrderStore
  assert.include(idsOf(yield* store.findDueMails(time(seconds), 1000)), id)
  const claimed = yield* store.claimMails({ orderIds: [id], ...claimAt(seconds, uniqueClaimId()) })
  assert.deepStrictEqual(idsOf(claimed.unreadable), [id])
})

/** What can be wrong with a document, and makes it unreadable. */
const damages: ReadonlyArray<Fields> = [
  { items: "broken" },
  { version: "one" },
  { version: -1 },
  { timeline: "broken" },
  { userId: 5 },
  { mailRequest: "first" },
  { "work.resends": "many" }
]

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  layer(mongoStores(mongo.uri), { excludeTestServices: true })(
    "orders that cannot be read",
    (it) => {
      for (const damage of damages) {
        const name = JSON.stringify(damage)

        it.effect(
          `${name}: the other orders of a batch are confirmed, and this one is reported`,
          () =>
            Effect.gen(function* () {
              const store = yield* OrderStore
              const sound = [yield* newOrder, yield* newOrder].map(({ id }) => id)
              const { id } = yield* newOrder
              yield* set(id, damage)
              const [first, second] = sound
              assert(first && second)
              const answer = yield* store.confirm([first, id, second], time(1))
              assert.sameMembers(
                answer.orders.map((order) => order.id),
                sound
              )
              for (const { status } of answer.orders) assert.strictEqual(status, "confirmed")
              assert.deepStrictEqual(idsOf(answer.unreadable), [id])
              const again = yield* store.confirm([first, id, second], time(2))
              assert.deepStrictEqual(idsOf(again.unreadable), [id])
              assert.strictEqual(again.count, 0)
            })
        )

        it.effect(
          `${name}: the other mails are claimed, and this one is postponed and flagged`,
          () =>
            Effect.gen(function* () {
              const store = yield* OrderStore
              const sound = [yield* newConfirmed, yield* newConfirmed].map(({ id }) => id)
              const { id } = yield* newConfirmed
              yield* set(id, damage)
              const [first, second] = sound
              assert(first && second)
              const claimId = uniqueClaimId()
              const { mails, unreadable } = yield* store.claimMails({
                orderIds: [first, id, second],
                ...claimAt(5, claimId)
              })
              assert.sameMembers(
                mails.map(({ order }) => order.id),
                sound
              )
              assert.deepStrictEqual(idsOf(unreadable), [id])
              const after = yield* documentOf(id)
              assert.deepInclude(after.work, { dueAt: time(305), failures: 1 })
              assert.isUndefined(after.claim)
              assert.isUndefined(after.needsAttention)
              // Another sender does not find it before its time.
              assert.notInclude(idsOf(yield* store.findDueMails(time(304), 1000)), id)
              assert.deepStrictEqual(yield* claimMail(id, uniqueClaimId(), 299), Option.none())
            })
        )

        it.effect(
          `${name}: it fails every 5 minutes, and hourly and flagged from its seventh failure`,
          () =>
            Effect.gen(function* () {
              const { id } = yield* newConfirmed
              yield* set(id, damage)
              const waits: Array<number> = []
              const flags: Array<Date | undefined> = []
              let at = 5
              for (let failures = 1; failures <= 8; failures++) {
                yield* claimUnreadable(id, at)
                const { work, needsAttention } = yield* documentOf(id)
                assert(work !== undefined)
                assert.strictEqual(work.failures, failures)
                waits.push((work.dueAt.getTime() - time(at).getTime()) / 60_000)
                flags.push(needsAttention?.at)
                at += 60 * (waits.at(-1) ?? 0)
              }
              assert.deepStrictEqual(waits, [5, 5, 5, 5, 5, 5, 60, 60])
              assert.deepStrictEqual(flags, [...Array(6).fill(undefined), time(1805), time(1805)])
              assert.match((yield* documentOf(id)).needsAttention?.reason ?? "", /cannot be read/u)
            })
        )
      }

      it.effect(
        "a notice of an unreadable order is postponed, and flagged at its seventh failure",
        () =>
          Effect.gen(function* () {
            const store = yield* OrderStore
            for (const damage of damages) {
              const { id } = yield* newConfirmed
              yield* store.change(id, "cancel", time(0))
              const ofNotice = Object.entries(damage).map(([field, value]) => [
                field.replace(/^work/u, "notice.work"),
                value
              ])
              yield* set(id, Object.fromEntries(ofNotice))
              let at = 5
              for (let failures = 1; failures <= 7; failures++) {
                yield* claimUnreadable(id, at)
                const { notice, needsAttention } = yield* documentOf(id)
                const wait = failures < 7 ? 300 : 3600
                assert.deepInclude(notice?.work, { dueAt: time(at + wait), failures })
                assert.isUndefined(notice?.claim)
                assert.strictEqual(needsAttention === undefined, failures < 7)
                at += wait
              }
            }
          })
      )

      it.effect("of 5 concurrent claims of an unreadable order, one counts the failure", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          for (const damage of damages.slice(0, 2)) {
            const { id } = yield* newConfirmed
            yield* set(id, damage)
            const answers = yield* Effect.all(
              Array.from({ length: 5 }, () =>
                store.claimMails({ orderIds: [id], ...claimAt(5, uniqueClaimId()) })
              ),
              { concurrency: "unbounded" }
            )
            for (const { mails } of answers) assert.deepStrictEqual(mails, [])
            assert.deepInclude((yield* documentOf(id)).work, { dueAt: time(305), failures: 1 })
          }
        })
      )

      it.effect("a flag that is set stays while an unreadable order fails", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { id } = yield* newConfirmed
          yield* set(id, { items: "broken", "work.failures": 6 })
          yield* store.flagAttention([id], "found by hand", time(1))
          yield* store.claimMails({ orderIds: [id], ...claimAt(5, uniqueClaimId()) })
          assert.deepStrictEqual((yield* documentOf(id)).needsAttention, {
            ...{ reason: "found by hand", at: time(1) }
          })
        })
      )

      it.effect("after its repair its mail waits, can be requested, and is claimed", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { id, items } = yield* newConfirmed
          yield* set(id, { items: "broken" })
          yield* store.claimMails({ orderIds: [id], ...claimAt(5, uniqueClaimId()) })
          yield* set(id, { items })
          assert.deepStrictEqual((yield* current(id)).confirmation, { state: "waiting" })
          assert.isTrue(Option.getOrThrow(yield* store.requestMail(id, time(10))).moved)
          const claimed = Option.getOrThrow(yield* claimMail(id, uniqueClaimId(), 10))
          assert.strictEqual(claimed.order.status, "confirmed")
        })
      )

      it.effect("an unreadable failure count starts again", () =>
        Effect.gen(function* () {
          const { id } = yield* newConfirmed
          yield* set(id, { "work.failures": "many" })
          yield* claimUnreadable(id, 5)
          assert.deepInclude((yield* documentOf(id)).work, { dueAt: time(305), failures: 1 })
          assert.isTrue(Option.isSome(yield* claimMail(id, uniqueClaimId(), 305)))
        })
      )

      it.effect("an unreadable claim is replaced, since it would never end", () =>
        Effect.gen(function* () {
          for (const claim of [5, { id: "x" }, { id: "x", leaseUntil: "tomorrow" }]) {
            const { id } = yield* newConfirmed
            yield* set(id, { claim })
            const claimId = uniqueClaimId()
            assert.isTrue(Option.isSome(yield* claimMail(id, claimId, 5)))
            assert.strictEqual((yield* recordMail(id, claimId, 6, { _tag: "Sent" })).length, 1)
          }
        })
      )

      it.effect("an unreadable pending order is taken by the watchdog at growing intervals", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          for (const damage of damages) {
            const { id } = yield* newOrder
            yield* set(id, { ...damage, "work.dueAt": time(-1000) })
            assert.deepStrictEqual(yield* store.takeOverdue(time(-1000), 10), [id])
            assert.deepStrictEqual(yield* store.takeOverdue(time(-1000), 10), [])
            const { work } = yield* documentOf(id)
            assert.isAtLeast(work?.dueAt.getTime() ?? 0, time(-1000 + 120).getTime())
          }
        })
      )

      it.effect("a pending order whose work is missing is not returned as confirmed", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { id } = yield* newOrder
          for (const damage of [unset(id, "work"), set(id, { work: 5 }), set(id, { work: [] })]) {
            yield* damage
            const before = yield* documentOf(id)
            const answer = yield* store.confirm([id], time(1))
            assert.deepStrictEqual(
              { count: answer.count, orders: answer.orders, unreadable: idsOf(answer.unreadable) },
              { count: 0, orders: [], unreadable: [id] }
            )
            assert.deepStrictEqual(yield* documentOf(id), before)
          }
        })
      )

      it.effect(
        "an order that was damaged since its claim does not stop the recording of others",
        () =>
          Effect.gen(function* () {
            const store = yield* OrderStore
            const sound = yield* newConfirmed
            const { id } = yield* newConfirmed
            const claimId = uniqueClaimId()
            yield* store.claimMails({ orderIds: [sound.id, id], ...claimAt(0, claimId) })
            yield* set(id, { items: "broken", version: 9 })
            const changed = yield* store.recordMails(
              [id, sound.id].map((orderId) => ({
                ...{ orderId, claimId, kind: "confirmed" as const, request: 0, at: time(1) },
                outcome: { _tag: "Sent" } as const
              }))
            )
            assert.deepStrictEqual(
              changed.map((order) => order.id),
              [sound.id]
            )
          })
      )
    }
  )

  layer(mongoStores(mongo.uri), { excludeTestServices: true })(
    "orders as the previous version wrote them",
    (it) => {
      /** Its worker confirmed and claimed in one write: the mail was due since the order was placed. */
      const claimedByOldWorker = Effect.fnUntraced(function* (leaseUntil: Date) {
        const { id } = yield* newOrder
        const { timeline } = yield* current(id)
        yield* set(id, {
          ...{ status: "confirmed", version: 2, updatedAt: time(1) },
          timeline: [...timeline, { status: "confirmed", at: time(1) }],
          confirmation: { state: "sending", at: time(1) },
          claim: { id: "of the old worker", leaseUntil }
        })
        yield* unset(id, "mailRequest")
        return id
      })

      it.effect("a claimed mail is claimed after its lease and the margin, and not before", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const id = yield* claimedByOldWorker(time(100))
          assert.deepStrictEqual((yield* documentOf(id)).work, { dueAt: time(60), resends: 0 })
          for (const seconds of [60, 99, 100, 109.999])
            assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), seconds)))
          assert.include(idsOf(yield* store.findDueMails(time(110), 1000)), id)
          const claimId = uniqueClaimId()
          const claimed = Option.getOrThrow(yield* claimMail(id, claimId, 110))
          assert.deepInclude(claimed, { request: 0, traceparent: "" })
          const [sent] = yield* recordMail(id, claimId, 111, { _tag: "Sent" })
          assert.deepStrictEqual(sent?.confirmation, { state: "sent", at: time(111) })
          assert.isUndefined((yield* documentOf(id)).work)
        })
      )

      it.effect("an old worker's record of its mail prevents a new claim", () =>
        Effect.gen(function* () {
          const id = yield* claimedByOldWorker(time(100))
          // As the old worker records a mail that is out: guarded by the version alone.
          yield* set(id, { version: 3, confirmation: { state: "sent", at: time(105) } })
          yield* unset(id, "work", "claim")
          assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), 200)))
          assert.strictEqual((yield* current(id)).version, 3)
        })
      )

      it.effect("an old worker's record of a confirmation leaves the notice due", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const id = yield* claimedByOldWorker(time(100))
          yield* store.change(id, "cancel", time(5))
          const cancelled = yield* documentOf(id)
          assert.deepStrictEqual([cancelled.work, cancelled.claim], [undefined, undefined])
          // As it records a mail that is out, of an order that is over: it takes away what it knows.
          yield* set(id, { version: 4, confirmation: { state: "sent", at: time(6) } })
          yield* unset(id, "work", "claim", "needsAttention")
          assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), 109.999)))
          assert.include(idsOf(yield* store.findDueMails(time(110), 1000)), id)
          const claimId = uniqueClaimId()
          const claimed = Option.getOrThrow(yield* claimMail(id, claimId, 110))
          assert.strictEqual(claimed.kind, "cancelled")
          const [told] = yield* recordMail(
            id,
            claimId,
            111,
            { _tag: "Sent" },
            { kind: "cancelled" }
          )
          assert.deepInclude(told, {
            confirmation: { state: "sent", at: time(6) },
            notice: { state: "sent", at: time(111) }
          })
        })
      )

      it.effect("an order that it cancelled has no notice, and shows the outcome of its mail", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { id } = yield* newConfirmed
          const claimId = uniqueClaimId()
          yield* claimMail(id, claimId, 0)
          yield* set(id, {
            ...{ status: "cancelled", version: 4 },
            confirmation: { state: "not_due", at: time(1) }
          })
          yield* unset(id, "work")
          assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), 1000)))
          assert.isFalse(Option.getOrThrow(yield* store.requestMail(id, time(2))).moved)
          const [shown] = yield* recordMail(id, claimId, 3, { _tag: "Sent" })
          assert.deepStrictEqual(shown?.confirmation, { state: "sent", at: time(3) })
          assert.isUndefined(shown?.notice)
        })
      )

      it.effect("a mail that the old worker released is claimed like any other", () =>
        Effect.gen(function* () {
          const id = yield* claimedByOldWorker(time(100))
          yield* set(id, {
            ...{ version: 3, confirmation: { state: "waiting" } },
            work: { dueAt: time(50), resends: 3 }
          })
          yield* unset(id, "claim")
          assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), 44)))
          assert.isTrue(Option.isSome(yield* claimMail(id, uniqueClaimId(), 45)))
        })
      )

      it.effect("an old watchdog that postpones a mail does not undo a sender's record", () =>
        Effect.gen(function* () {
          const { id } = yield* newConfirmed
          const claimId = uniqueClaimId()
          yield* claimMail(id, claimId, 0)
          // It writes without a new version, and knows nothing of the other fields.
          yield* set(id, { work: { dueAt: time(500), resends: 1 } })
          const [changed] = yield* recordMail(id, claimId, 2, { _tag: "Unknown" })
          assert.strictEqual(changed?.confirmation.state, "waiting")
          assert.deepStrictEqual((yield* documentOf(id)).work, {
            ...{ dueAt: time(302), resends: 1, unknownSends: 1 }
          })
        })
      )

      it.effect("a pending order is confirmed, and its mail can be requested, like any other", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { id } = yield* newOrder
          yield* confirm([id], 1)
          const old = ClaimId.make("of the old worker")
          // Its claim on an order that a new worker confirmed.
          yield* set(id, {
            ...{ version: 3, confirmation: { state: "sending", at: time(2) } },
            claim: { id: old, leaseUntil: time(2 + leaseSeconds) }
          })
          assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), 10)))
          assert.strictEqual((yield* recordMail(id, old, 11, { _tag: "Sent" })).length, 1)
          assert.isTrue(Option.getOrThrow(yield* store.requestMail(id, time(12))).moved)
          assert.strictEqual((yield* documentOf(id)).mailRequest, 1)
        })
      )
    }
  )
})
