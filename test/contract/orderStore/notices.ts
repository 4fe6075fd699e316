// The mails about what became of orders after their confirmation: each is due in the write of its change, goes out
// after the confirmation or in its place, and has what claims and records give every mail.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { OrderId } from "../../../src/services/ids.ts"
import type { MailOutcome } from "../../../src/services/orders/model/mailClaims.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import {
  assertSound,
  claimAt,
  claimMail,
  current,
  draft,
  leaseSeconds,
  newConfirmed,
  newOrder,
  placed,
  recordMail,
  recordOf,
  type StoreProbe,
  stocked,
  time,
  uniqueClaimId
} from "../stores.ts"

const sent: MailOutcome = { _tag: "Sent" }
const undeliverable: MailOutcome = { _tag: "Undeliverable", reason: "no such mailbox" }
const released: MailOutcome = { _tag: "Released" }
const unknown: MailOutcome = { _tag: "Unknown" }
const failed: MailOutcome = { _tag: "Failed", reason: "the mail cannot be written" }

/** When the claim of `claimMail` at 0 may be taken over, in seconds. */
const takeover = leaseSeconds + 10

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

const change = (id: OrderId, command: "cancel" | "fulfil" | "fail", seconds: number) =>
  Effect.map(
    OrderStore.use((store) => store.change(id, command, time(seconds), "a reason")),
    (outcome) => {
      assert.isTrue(Option.getOrThrow(outcome).moved)
      return Option.getOrThrow(outcome).order
    }
  )

/** An order whose confirmation is out at 1. */
const mailed = Effect.gen(function* () {
  const { id } = yield* newConfirmed
  const claimId = uniqueClaimId()
  yield* claimMail(id, claimId, 0)
  yield* recordMail(id, claimId, 1, sent)
  return id
})

/** One order in each status that has a notice, changed at 2. */
const over = Effect.gen(function* () {
  const [cancelled, fulfilled, { id: pending }] = [yield* mailed, yield* mailed, yield* newOrder]
  yield* change(cancelled, "cancel", 2)
  yield* change(fulfilled, "fulfil", 2)
  yield* change(pending, "fail", 2)
  return [
    [cancelled, "cancelled"],
    [fulfilled, "fulfilled"],
    [pending, "failed"]
  ] as const
})

const dueIds = (seconds: number) =>
  Effect.map(
    OrderStore.use((store) => store.findDueMails(time(seconds), 100_000)),
    (found) => found.map(({ orderId }) => orderId)
  )

export const notices = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  it.effect("each change makes its mail due, which is claimed, sent and recorded", () =>
    Effect.gen(function* () {
      for (const [id, kind] of yield* over) {
        assert.notInclude(yield* dueIds(1.999), id)
        assert.include(yield* dueIds(2), id)
        const before = yield* current(id)
        const claimId = uniqueClaimId()
        assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), 1.999)))
        const claimed = Option.getOrThrow(yield* claimMail(id, claimId, 3))
        assert.deepInclude(claimed, { kind, request: 0 })
        assert.deepStrictEqual(claimed.order, {
          ...before,
          ...{ version: before.version + 1, updatedAt: time(3) },
          notice: { state: "sending", at: time(3) }
        })
        assert.deepStrictEqual(yield* current(id), claimed.order)
        assert.deepInclude(yield* recordOf(id), {
          work: Option.some({ dueAt: time(3 + takeover), resends: 0 }),
          claim: Option.some({ id: claimId, leaseUntil: time(3 + leaseSeconds) })
        })
        assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), 3 + takeover - 0.001)))
        const [after, ...more] = yield* recordMail(id, claimId, 4, sent, { kind })
        assert.deepStrictEqual(more, [])
        assert.deepStrictEqual(after, {
          ...claimed.order,
          ...{ version: before.version + 2, updatedAt: time(4) },
          notice: { state: "sent", at: time(4) }
        })
        assert.deepInclude(yield* recordOf(id), { work: Option.none(), claim: Option.none() })
        assert.deepStrictEqual(yield* current(id), after)
        assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), 10_000)))
      }
      yield* assertSound
    })
  )

  for (const [outcome, work] of [
    [released, { dueAt: time(4) }],
    [unknown, { dueAt: time(304), unknownSends: 1 }],
    [failed, { dueAt: time(304), failures: 1 }]
  ] as const)
    it.effect(`a notice that is ${outcome._tag} waits again, for the claim's holder alone`, () =>
      Effect.gen(function* () {
        for (const [id, kind] of yield* over) {
          const claimId = uniqueClaimId()
          yield* claimMail(id, claimId, 3)
          assert.deepStrictEqual(yield* recordMail(id, uniqueClaimId(), 4, outcome, { kind }), [])
          const [after] = yield* recordMail(id, claimId, 4, outcome, { kind })
          assert.deepInclude(after, { status: kind, notice: { state: "waiting" } })
          assert.deepInclude(yield* recordOf(id), {
            work: Option.some({ resends: 0, ...work }),
            claim: Option.none(),
            needsAttention: Option.none()
          })
        }
        yield* assertSound
      })
    )

  it.effect("a notice that is refused permanently leaves no work", () =>
    Effect.gen(function* () {
      for (const [id, kind] of yield* over) {
        const claimId = uniqueClaimId()
        yield* claimMail(id, claimId, 3)
        const [after] = yield* recordMail(id, claimId, 4, undeliverable, { kind })
        assert.deepInclude(after, {
          status: kind,
          notice: { state: "undeliverable", at: time(4) }
        })
        assert.deepInclude(yield* recordOf(id), { work: Option.none(), claim: Option.none() })
      }
      yield* assertSound
    })
  )

  it.effect("at its seventh failure a notice flags its order, until it is sent", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const [[id]] = yield* over
      let at = 3
      for (let failures = 1; failures <= 7; failures++, at += 3600) {
        const claimId = uniqueClaimId()
        assert.isTrue(Option.isSome(yield* claimMail(id, claimId, at)))
        yield* recordMail(id, claimId, at, failed, { kind: "cancelled" })
        const flagged = Option.isSome((yield* recordOf(id))?.needsAttention ?? Option.none())
        assert.strictEqual(flagged, failures === 7)
      }
      const claimId = uniqueClaimId()
      yield* claimMail(id, claimId, at)
      yield* recordMail(id, claimId, at, sent, { kind: "cancelled" })
      const flagged = yield* store.listAttention(100_000)
      assert.notInclude(
        flagged.map(({ orderId }) => orderId),
        id
      )
      yield* assertSound
    })
  )

  it.effect("a notice replaces a waiting confirmation, and keeps its trace", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const { id } = yield* placed(draft([{ sku, quantity: 1 }], { traceparent }))
      yield* store.confirm([id], time(0))
      const first = uniqueClaimId()
      yield* claimMail(id, first, 0)
      // It may be out, and would be tried again in five minutes.
      yield* recordMail(id, first, 1, unknown)
      yield* change(id, "cancel", 2)
      assert.deepStrictEqual(
        (yield* recordOf(id))?.work,
        Option.some({ dueAt: time(2), resends: 0, traceparent })
      )
      const claimed = Option.getOrThrow(yield* claimMail(id, uniqueClaimId(), 2))
      assert.deepInclude(claimed, { kind: "cancelled", traceparent })
      yield* assertSound
    })
  )

  it.effect("a notice waits for a confirmation that is being sent, until its lease has ended", () =>
    Effect.gen(function* () {
      const { id } = yield* newConfirmed
      yield* claimMail(id, uniqueClaimId(), 0)
      const cancelled = yield* change(id, "cancel", 1)
      assert.deepInclude(cancelled, { status: "cancelled", version: 4 })
      assert.deepStrictEqual(cancelled.confirmation, { state: "not_due", at: time(1) })
      assert.notInclude(yield* dueIds(takeover - 0.001), id)
      assert.isTrue(Option.isNone(yield* claimMail(id, uniqueClaimId(), takeover - 0.001)))
      assert.deepStrictEqual(yield* current(id), cancelled)
      assert.include(yield* dueIds(takeover), id)
      const claimed = Option.getOrThrow(yield* claimMail(id, uniqueClaimId(), takeover))
      assert.strictEqual(claimed.kind, "cancelled")
      yield* assertSound
    })
  )

  const late = [
    { outcome: sent, state: "sent", claimsNotice: false },
    { outcome: sent, state: "sent", claimsNotice: true },
    { outcome: undeliverable, state: "undeliverable", claimsNotice: false },
    { outcome: undeliverable, state: "undeliverable", claimsNotice: true }
  ] as const
  for (const { outcome, state, claimsNotice } of late)
    it.effect(
      `that confirmation, once ${state}, is recorded, and not its notice that ${claimsNotice ? "is sent" : "waits"}`,
      () =>
        Effect.gen(function* () {
          const { id } = yield* newConfirmed
          const [first, second] = [uniqueClaimId(), uniqueClaimId()]
          yield* claimMail(id, first, 0)
          yield* change(id, "cancel", 1)
          if (claimsNotice) yield* claimMail(id, second, takeover)
          const before = yield* recordOf(id)
          assert(before !== undefined)
          for (const other of [released, unknown, failed])
            assert.deepStrictEqual(yield* recordMail(id, first, takeover, other), [])
          assert.deepStrictEqual(yield* recordOf(id), before)
          yield* recordMail(id, first, takeover, outcome)
          assert.deepStrictEqual(yield* recordOf(id), {
            ...before,
            order: {
              ...before.order,
              ...{ version: before.order.version + 1, updatedAt: time(takeover) },
              confirmation: { state, at: time(takeover) }
            }
          })
          assert.deepStrictEqual(yield* recordMail(id, first, takeover + 1, outcome), [])
          if (!claimsNotice) yield* claimMail(id, second, takeover + 1)
          const ofNotice = { kind: "cancelled" } as const
          const [done] = yield* recordMail(id, second, takeover + 2, sent, ofNotice)
          assert.deepInclude(done, { notice: { state: "sent", at: time(takeover + 2) } })
          yield* assertSound
        })
    )

  it.effect("a notice can be requested again after it is sent, refused, or has failed", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const ask = (id: OrderId, seconds: number) =>
        Effect.map(store.requestMail(id, time(seconds)), (asked) => Option.getOrThrow(asked).moved)
      for (const outcome of [sent, undeliverable, unknown, failed]) {
        const [[id]] = yield* over
        assert.isFalse(yield* ask(id, 3))
        const claimId = uniqueClaimId()
        yield* claimMail(id, claimId, 3)
        assert.isFalse(yield* ask(id, 4))
        yield* recordMail(id, claimId, 4, outcome, { kind: "cancelled" })
        assert.isTrue(yield* ask(id, 5))
        assert.deepInclude(yield* recordOf(id), {
          work: Option.some({ dueAt: time(5), resends: 0 }),
          mailRequest: 1
        })
        // What came of the request before changes nothing.
        assert.deepStrictEqual(yield* recordMail(id, claimId, 6, sent, { kind: "cancelled" }), [])
        const claimed = Option.getOrThrow(yield* claimMail(id, uniqueClaimId(), 6))
        assert.deepInclude(claimed, { kind: "cancelled", request: 1 })
      }
      yield* assertSound
    })
  )

  it.effect("confirmations and notices are claimed and recorded together, each once", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const kinds = new Map<OrderId, string>(yield* over)
      for (let i = 0; i < 3; i++) kinds.set((yield* newConfirmed).id, "confirmed")
      const orderIds = Array.from(kinds.keys())
      const answers = yield* Effect.forEach(
        Array.from({ length: 8 }, uniqueClaimId),
        (claimId) =>
          Effect.map(store.claimMails({ orderIds, ...claimAt(5, claimId) }), ({ mails }) =>
            mails.map((mail) => ({ ...mail, claimId }))
          ),
        { concurrency: "unbounded" }
      )
      const won = answers.flat()
      assert.deepStrictEqual(
        new Map(won.map(({ order, kind }) => [order.id, kind])),
        kinds as never
      )
      assert.lengthOf(won, orderIds.length)
      const changed = yield* store.recordMails(
        won.map(({ order, kind, request, claimId }) => ({
          ...{ orderId: order.id, kind, request, claimId, at: time(6), outcome: sent }
        }))
      )
      assert.lengthOf(changed, orderIds.length)
      for (const { confirmation, notice, status } of changed)
        assert.strictEqual((status === "confirmed" ? confirmation : notice)?.state, "sent")
      yield* assertSound
    })
  )

  it.effect("an order whose notice is due is not unsettled", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const counts = Effect.all([
        store.countUnsettled("pending", 100_000),
        store.countUnsettled("confirmed", 100_000)
      ])
      const before = yield* counts
      yield* over
      assert.deepStrictEqual(yield* counts, before)
    })
  )
}
