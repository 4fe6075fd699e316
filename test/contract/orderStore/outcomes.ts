// What came of claimed mails: a mail that is out is always on record, all else only by the claim's holder.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { MailOutcome } from "../../../src/services/orders/model/mailClaims.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { addSeconds } from "../../../src/services/time.ts"
import {
  assertSound,
  claimAt,
  claimMail,
  current,
  leaseSeconds,
  newConfirmed,
  nextId,
  recordMail,
  recordOf,
  type StoreProbe,
  time,
  uniqueClaimId
} from "../stores.ts"

const sent: MailOutcome = { _tag: "Sent" }
const undeliverable: MailOutcome = { _tag: "Undeliverable", reason: "no such mailbox" }
const released: MailOutcome = { _tag: "Released" }
const unknown: MailOutcome = { _tag: "Unknown" }
const failed: MailOutcome = { _tag: "Failed", reason: "the mail cannot be written" }
const outcomes = [sent, undeliverable, released, unknown, failed]
const notSent = outcomes.filter((outcome) => outcome !== sent)

/** When the claim of `claimMail` at 0 may be taken over, in seconds. */
const takeover = leaseSeconds + 10

/** Claims the mail as soon as it is due and records the same outcome, over and over; how long it waits each time. */
const waits = Effect.fnUntraced(function* (outcome: MailOutcome, times: number) {
  const { id } = yield* newConfirmed
  const seconds: Array<number> = []
  let at = 0
  for (let n = 0; n < times; n++) {
    const claimId = uniqueClaimId()
    assert.isTrue(Option.isSome(yield* claimMail(id, claimId, at)))
    yield* recordMail(id, claimId, at, outcome)
    const record = yield* recordOf(id)
    assert(record !== undefined)
    const { dueAt } = Option.getOrThrow(record.work)
    const wait = (dueAt.getTime() - time(at).getTime()) / 1000
    seconds.push(wait)
    at += wait
  }
  return { id, seconds }
})

export const outcomesOfMails = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  for (const [outcome, state] of [
    [sent, "sent"],
    [undeliverable, "undeliverable"]
  ] as const)
    it.effect(`a mail that is ${state} settles the order, which stays confirmed`, () =>
      Effect.gen(function* () {
        const { id } = yield* newConfirmed
        const claimId = uniqueClaimId()
        yield* claimMail(id, claimId, 0)
        const changed = yield* recordMail(id, claimId, 3, outcome)
        assert.deepStrictEqual(changed, [yield* current(id)])
        assert.deepInclude(changed[0], { status: "confirmed", version: 4, updatedAt: time(3) })
        assert.deepStrictEqual(changed[0]?.confirmation, { state, at: time(3) })
        assert.deepInclude(yield* recordOf(id), { work: Option.none(), claim: Option.none() })
        yield* assertSound
      })
    )

  for (const [outcome, work] of [
    [released, { dueAt: time(3) }],
    [unknown, { dueAt: time(303), unknownSends: 1 }],
    [failed, { dueAt: time(303), failures: 1 }]
  ] as const)
    it.effect(`a mail that is ${outcome._tag} waits again and is free to be claimed`, () =>
      Effect.gen(function* () {
        const { id } = yield* newConfirmed
        const claimId = uniqueClaimId()
        yield* claimMail(id, claimId, 0)
        const changed = yield* recordMail(id, claimId, 3, outcome)
        assert.deepStrictEqual(changed, [yield* current(id)])
        assert.deepInclude(changed[0], { status: "confirmed", version: 4, updatedAt: time(3) })
        assert.deepStrictEqual(changed[0]?.confirmation, { state: "waiting" })
        const stored = yield* recordOf(id)
        assert.deepStrictEqual(stored?.work, Option.some({ resends: 0, ...work }))
        assert.deepStrictEqual(stored?.claim, Option.none())
        assert.deepStrictEqual(stored?.needsAttention, Option.none())
        const due = (work.dueAt.getTime() - time().getTime()) / 1000
        assert.isTrue(Option.isSome(yield* claimMail(id, uniqueClaimId(), due)))
        yield* assertSound
      })
    )

  it.effect(
    "a mail that may have been sent is retried after 5 minutes, doubling up to a day, without end",
    () =>
      Effect.gen(function* () {
        const { id, seconds } = yield* waits(unknown, 12)
        const minutes = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440]
        assert.deepStrictEqual(
          seconds.map((wait) => wait / 60),
          minutes
        )
        assert.deepStrictEqual((yield* recordOf(id))?.needsAttention, Option.none())
      })
  )

  it.effect(
    "a mail that fails is retried every 5 minutes, and hourly and flagged from its seventh failure",
    () =>
      Effect.gen(function* () {
        const { id: six } = yield* waits(failed, 6)
        assert.deepStrictEqual((yield* recordOf(six))?.needsAttention, Option.none())
        const { id, seconds } = yield* waits(failed, 9)
        assert.deepStrictEqual(
          seconds.map((wait) => wait / 60),
          [5, 5, 5, 5, 5, 5, 60, 60, 60]
        )
        const record = yield* recordOf(id)
        // Since its seventh failure, half an hour after the first.
        assert.deepStrictEqual(
          record?.needsAttention,
          Option.some({ reason: "the mail cannot be written", at: time(1800) })
        )
        assert.deepStrictEqual(
          Option.map(record?.work ?? Option.none(), (work): number | undefined => work.failures),
          Option.some(9)
        )
        yield* assertSound
      })
  )

  it.effect("outages are never counted as failures", () =>
    Effect.gen(function* () {
      const { id, seconds } = yield* waits(released, 20)
      assert.deepStrictEqual(new Set(seconds), new Set([0]))
      assert.deepInclude(yield* recordOf(id), {
        work: Option.some({ dueAt: time(), resends: 0 }),
        needsAttention: Option.none()
      })
    })
  )

  it.effect("unknown sends and failures are counted apart, and a release keeps both", () =>
    Effect.gen(function* () {
      const { id } = yield* newConfirmed
      let at = 0
      for (const outcome of [unknown, failed, released, unknown]) {
        const claimId = uniqueClaimId()
        at += 1000
        assert.isTrue(Option.isSome(yield* claimMail(id, claimId, at)))
        yield* recordMail(id, claimId, at, outcome)
      }
      assert.deepStrictEqual(
        (yield* recordOf(id))?.work,
        Option.some({ dueAt: time(4600), resends: 0, unknownSends: 2, failures: 1 })
      )
    })
  )

  it.effect(
    "a mail that is sent past its lease is recorded, whichever worker has claimed it since",
    () =>
      Effect.gen(function* () {
        const { id } = yield* newConfirmed
        const [slow, quick] = [uniqueClaimId(), uniqueClaimId()]
        yield* claimMail(id, slow, 0)
        assert.isTrue(Option.isSome(yield* claimMail(id, quick, takeover)))
        const [changed] = yield* recordMail(id, slow, takeover + 1, sent)
        assert.deepStrictEqual(changed?.confirmation, { state: "sent", at: time(takeover + 1) })
        // The other's outcome, a mail too many, changes nothing.
        for (const outcome of outcomes)
          assert.deepStrictEqual(yield* recordMail(id, quick, takeover + 2, outcome), [])
        assert.deepStrictEqual(yield* current(id), changed)
        yield* assertSound
      })
  )

  it.effect(
    "any other outcome of a mail is recorded only for the claim's holder, even past its lease",
    () =>
      Effect.gen(function* () {
        for (const outcome of notSent) {
          const { id } = yield* newConfirmed
          const [slow, quick] = [uniqueClaimId(), uniqueClaimId()]
          yield* claimMail(id, slow, 0)
          assert.isTrue(Option.isSome(yield* claimMail(id, quick, takeover)))
          const before = yield* recordOf(id)
          assert.deepStrictEqual(yield* recordMail(id, slow, takeover + 1, outcome), [])
          assert.deepStrictEqual(yield* recordOf(id), before)
          assert.strictEqual((yield* recordMail(id, quick, 3 * takeover, outcome)).length, 1)
        }
        yield* assertSound
      })
  )

  it.effect("the same record again changes nothing", () =>
    Effect.gen(function* () {
      for (const outcome of outcomes) {
        const { id } = yield* newConfirmed
        const claimId = uniqueClaimId()
        yield* claimMail(id, claimId, 0)
        yield* recordMail(id, claimId, 1, outcome)
        const before = yield* recordOf(id)
        assert.deepStrictEqual(yield* recordMail(id, claimId, 2, outcome), [])
        assert.deepStrictEqual(yield* recordOf(id), before)
      }
    })
  )

  it.effect("the record of an earlier request changes nothing", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newConfirmed
      const [first, second] = [uniqueClaimId(), uniqueClaimId()]
      yield* claimMail(id, first, 0)
      // Its sender is slow: another one took the mail over, and an operator asked for one more.
      const taken = uniqueClaimId()
      yield* claimMail(id, taken, takeover)
      yield* recordMail(id, taken, takeover, sent)
      assert.isTrue(Option.getOrThrow(yield* store.requestMail(id, time(200))).moved)
      for (const seconds of [201, 202]) {
        const before = yield* recordOf(id)
        for (const claimId of [first, taken])
          for (const outcome of outcomes)
            assert.deepStrictEqual(yield* recordMail(id, claimId, seconds, outcome), [])
        assert.deepStrictEqual(yield* recordOf(id), before)
        const claimed = yield* claimMail(id, second, 201)
        assert.strictEqual(Option.getOrThrow(claimed).request, 1)
      }
      // The claim's holder itself, with the number of the request before.
      assert.deepStrictEqual(yield* recordMail(id, second, 203, sent), [])
      const [changed] = yield* recordMail(id, second, 204, sent, { request: 1 })
      assert.deepStrictEqual(changed?.confirmation, { state: "sent", at: time(204) })
      yield* assertSound
    })
  )

  it.effect("a batch is recorded together, without its unknown orders", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const orders = yield* Effect.forEach(outcomes, () => newConfirmed)
      const claimId = uniqueClaimId()
      const orderIds = orders.map(({ id }) => id)
      yield* store.claimMails({ orderIds, ...claimAt(0, claimId) })
      const claimed = { claimId, kind: "confirmed", request: 0, at: time(1) } as const
      const changed = yield* store.recordMails([
        { ...claimed, orderId: nextId(), outcome: sent },
        ...orderIds.map((orderId, i) => ({ ...claimed, orderId, outcome: outcomes[i] ?? sent }))
      ])
      assert.strictEqual(changed.length, outcomes.length)
      const states = new Map(changed.map(({ id, confirmation }) => [id, confirmation.state]))
      assert.deepStrictEqual(
        orderIds.map((id) => states.get(id)),
        ["sent", "undeliverable", "waiting", "waiting", "waiting"]
      )
      yield* assertSound
    })
  )

  it.effect("several records of one order in a batch are applied in turn", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newConfirmed
      const [slow, quick] = [uniqueClaimId(), uniqueClaimId()]
      yield* claimMail(id, slow, 0)
      yield* claimMail(id, quick, takeover)
      const [changed, ...more] = yield* store.recordMails(
        (
          [
            [quick, failed],
            [slow, sent],
            [quick, undeliverable]
          ] as const
        ).map(([claimId, outcome]) => ({
          ...{ orderId: id, claimId, kind: "confirmed" as const, request: 0 },
          ...{ at: time(100), outcome }
        }))
      )
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(changed?.confirmation, { state: "sent", at: time(100) })
      assert.deepStrictEqual(yield* current(id), changed)
      yield* assertSound
    })
  )

  it.effect("of 10 concurrent senders that record one mail, one changes the order", () =>
    Effect.gen(function* () {
      const { id } = yield* newConfirmed
      const claimId = uniqueClaimId()
      yield* claimMail(id, claimId, 0)
      yield* Effect.all(
        Array.from({ length: 10 }, () => recordMail(id, claimId, 1, sent)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual((yield* current(id)).version, 4)
    })
  )

  it.effect(
    "after a concurrent record and take-over the mail is sent, or claimed by the new holder",
    () =>
      Effect.gen(function* () {
        for (const outcome of [sent, unknown]) {
          const { id } = yield* newConfirmed
          const [slow, quick] = [uniqueClaimId(), uniqueClaimId()]
          yield* claimMail(id, slow, 0)
          const [changed, taken] = yield* Effect.all(
            [recordMail(id, slow, takeover, outcome), claimMail(id, quick, takeover)],
            { concurrency: "unbounded" }
          )
          const record = yield* recordOf(id)
          if (outcome === sent) assert.strictEqual(record?.order.confirmation.state, "sent")
          else
            assert.deepStrictEqual(
              record?.claim,
              Option.map(taken, () => ({
                ...{ id: quick, leaseUntil: addSeconds(time(takeover), leaseSeconds) }
              }))
            )
          assert.strictEqual(
            record?.order.version,
            3 + changed.length + Option.toArray(taken).length
          )
        }
        yield* assertSound
      })
  )
}
