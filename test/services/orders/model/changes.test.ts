// Every change of an order, walked over every state that an order can be in: status × confirmation ×
// claim × flag, each with each command and each outcome of a mail.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  applyAttention,
  applyCommand,
  applyMailOutcome,
  applyMailRequest,
  applyRenewal,
  decideClaim
} from "../../../../src/services/orders/model/changes.ts"
import type { MailOutcome } from "../../../../src/services/orders/model/mailClaims.ts"
import { OrderRecord } from "../../../../src/services/orders/model/Order.ts"
import {
  type ConfirmationState,
  confirmationStates,
  isSettled,
  type OrderCommand,
  type OrderStatus,
  orderStatuses,
  reservingStatuses,
  transitions
} from "../../../../src/services/orders/model/OrderStatus.ts"
import { addSeconds } from "../../../../src/services/time.ts"

const placedAt = new Date("2026-03-01T10:00:00Z")
const at = addSeconds(placedAt, 30)
const commands = Object.keys(transitions) as ReadonlyArray<OrderCommand>

const recordIn = (
  status: OrderStatus,
  state: ConfirmationState,
  claimUntil: Date | null = null,
  flagged = false
): OrderRecord => ({
  order: {
    id: "o1",
    userId: "u1",
    status,
    items: [{ sku: "a", name: "A", quantity: 2, unitPrice: 5 }],
    total: 10,
    currency: "EUR",
    createdAt: placedAt,
    updatedAt: placedAt,
    version: 7,
    timeline: [{ status, at: placedAt }],
    confirmation: { state }
  },
  idempotencyKey: null,
  work: isSettled(status, state) ? null : { dueAt: addSeconds(placedAt, 60), resends: 3 },
  claim: claimUntil === null ? null : { id: "theirs", leaseUntil: claimUntil },
  needsAttention: flagged ? { reason: "it fails", at: placedAt } : null
})

const claims = [null, at, addSeconds(at, 1)]
const states = orderStatuses.flatMap((status) =>
  confirmationStates.flatMap((state) =>
    claims.flatMap((claim) =>
      isSettled(status, state)
        ? [recordIn(status, state, claim)]
        : [recordIn(status, state, claim), recordIn(status, state, claim, true)]
    )
  )
)
const nameOf = ({ order, claim }: OrderRecord): string =>
  `${order.status}/${order.confirmation.state}/${claim === null ? "free" : claim.leaseUntil.toISOString()}`

const isRecord = Schema.is(OrderRecord)

/** What every change owes, whatever it does. */
const assertStep = (before: OrderRecord, after: OrderRecord): void => {
  assert.isTrue(isRecord(after))
  assert.strictEqual(after.order.version, before.order.version + 1)
  assert.strictEqual(after.order.updatedAt, at)
  assert.strictEqual(
    after.work === null,
    isSettled(after.order.status, after.order.confirmation.state)
  )
  if (after.work === null) assert.isNull(after.needsAttention)
  assert.strictEqual(after.work?.resends, after.work === null ? undefined : before.work?.resends)
  const { id, userId, items, total, currency, createdAt } = before.order
  assert.deepInclude(after.order, { id, userId, items, total, currency, createdAt })
  const added = after.order.status === before.order.status ? 0 : 1
  assert.strictEqual(after.order.timeline.length, before.order.timeline.length + added)
  assert.strictEqual(after.order.timeline.at(-1)?.status, after.order.status)
}

const isMailOver = (state: ConfirmationState): boolean =>
  state === "sent" || state === "undeliverable"

/** Fulfilling settles an order, and a settled order is not mailed any more. */
const isTooEarly = (command: OrderCommand, state: ConfirmationState): boolean =>
  command === "fulfil" && !isMailOver(state)

/** What a command does besides moving the status. */
const assertMoved = (before: OrderRecord, after: OrderRecord): void => {
  assertStep(before, after)
  assert.deepStrictEqual(after.claim, before.claim)
  assert.isNull(after.needsAttention)
  const { state } = before.order.confirmation
  // Nobody has to come back for an order that is over: whoever was sending may be dead.
  const dropped = !isMailOver(state) && after.order.status !== "confirmed"
  assert.strictEqual(after.order.confirmation.state, dropped ? "not_due" : state)
}

describe("the transition table", () => {
  const allowed: { readonly [K in OrderCommand]: { readonly [S in OrderStatus]?: OrderStatus } } = {
    confirm: { pending: "confirmed" },
    fulfil: { confirmed: "fulfilled" },
    cancel: { pending: "cancelled", confirmed: "cancelled" },
    fail: { pending: "failed" }
  }

  for (const command of commands)
    it(`${command} moves an order as the table says, and otherwise not at all`, () => {
      for (const before of states) {
        const after = applyCommand(before, command, at)
        const { state } = before.order.confirmation
        const to = isTooEarly(command, state) ? undefined : allowed[command][before.order.status]
        assert.strictEqual(after?.order.status, to, nameOf(before))
        if (after !== undefined) assertMoved(before, after)
      }
    })

  it("an order gives back what it reserved exactly when it stops reserving", () => {
    for (const { from, to, returnsStock } of Object.values(transitions))
      for (const status of from) {
        assert.include(reservingStatuses, status)
        assert.strictEqual(reservingStatuses.includes(to), !returnsStock)
      }
    assert.deepStrictEqual(reservingStatuses, ["pending", "confirmed", "fulfilled"])
  })

  it("a status that is left for good is never left again", () => {
    for (const status of ["fulfilled", "cancelled", "failed"] as const)
      for (const { from } of Object.values(transitions)) assert.notInclude(from, status)
  })

  it("a reason goes to the timeline", () => {
    const after = applyCommand(recordIn("pending", "waiting"), "fail", at, "no such address")
    assert.deepStrictEqual(after?.order.timeline.at(-1), {
      status: "failed",
      at,
      reason: "no such address"
    })
  })
})

describe("settled", () => {
  it("is an order that is over, or confirmed with its mail sent or undeliverable", () => {
    const unsettled = states.filter(
      ({ order }) => !isSettled(order.status, order.confirmation.state)
    )
    assert.deepStrictEqual(
      new Set(unsettled.map(({ order }) => `${order.status}/${order.confirmation.state}`)),
      new Set([
        ...confirmationStates.map((state) => `pending/${state}`),
        "confirmed/waiting",
        "confirmed/sending",
        "confirmed/not_due"
      ])
    )
  })
})

describe("decideClaim", () => {
  const request = { claimId: "mine", at, leaseUntil: addSeconds(at, 60) }

  it("claims what is unsettled and free, or whose lease has ended", () => {
    for (const before of states) {
      const { outcome, next } = decideClaim(before, request)
      const { order, claim } = before
      if (isSettled(order.status, order.confirmation.state)) {
        assert.deepStrictEqual(outcome, { _tag: "Settled", order }, nameOf(before))
        assert.isUndefined(next)
      } else if (claim !== null && claim.leaseUntil > at) {
        assert.deepStrictEqual(outcome, { _tag: "Held", until: claim.leaseUntil }, nameOf(before))
        assert.isUndefined(next)
      } else {
        assert(next !== undefined, nameOf(before))
        assertStep(before, next)
        assert.deepStrictEqual(outcome, { _tag: "Claimed", order: next.order })
        assert.strictEqual(next.order.status, "confirmed")
        assert.deepStrictEqual(next.order.confirmation, { state: "sending", at })
        assert.deepStrictEqual(next.claim, { id: "mine", leaseUntil: request.leaseUntil })
      }
    }
  })

  it("knows its own claim again, whatever became of the order since", () => {
    const { next } = decideClaim(recordIn("pending", "waiting"), request)
    assert(next !== undefined)
    const cancelled = applyCommand(next, "cancel", at)
    assert(cancelled !== undefined)
    for (const record of [next, cancelled])
      assert.deepStrictEqual(decideClaim(record, request), {
        outcome: { _tag: "Claimed", order: record.order }
      })
  })
})

describe("applyMailRequest", () => {
  it("has a mail that is out, or was refused, wait again, due now; no other", () => {
    for (const before of states) {
      const { status, confirmation } = before.order
      const after = applyMailRequest(before, at)
      const again = status === "confirmed" && isMailOver(confirmation.state)
      assert.strictEqual(after !== undefined, again, nameOf(before))
      if (after === undefined) continue
      assert.isTrue(isRecord(after))
      assert.deepStrictEqual(after, {
        ...before,
        order: { ...before.order, version: 8, updatedAt: at, confirmation: { state: "waiting" } },
        work: { dueAt: at, resends: 0 },
        claim: null
      })
    }
  })
})

describe("applyRenewal", () => {
  it("extends a lease of its own that has not ended, shortens none, and shows nobody", () => {
    const later = addSeconds(at, 60)
    for (const before of states) {
      const held = before.claim !== null && before.claim.leaseUntil > at
      const renew = (claimId: string, leaseUntil: Date) =>
        applyRenewal(before, { claimId, at, leaseUntil })
      assert.isUndefined(renew("mine", later), nameOf(before))
      assert.deepStrictEqual(
        renew("theirs", later),
        held ? { ...before, claim: { id: "theirs", leaseUntil: later } } : undefined
      )
      assert.deepStrictEqual(renew("theirs", at), held ? before : undefined)
    }
  })
})

describe("applyAttention", () => {
  it("flags an unsettled order, once, and changes nothing else", () => {
    const flag = { reason: "its mail cannot be written", at }
    for (const before of states) {
      const after = applyAttention(before, flag)
      const flags = before.work !== null && before.needsAttention === null
      assert.deepStrictEqual(after, flags ? { ...before, needsAttention: flag } : undefined)
    }
  })
})

describe("applyMailOutcome", () => {
  const outcomes: ReadonlyArray<MailOutcome> = [
    { _tag: "Sent" },
    { _tag: "Undeliverable", reason: "no such mailbox" },
    { _tag: "Released", dueAt: addSeconds(at, 300) }
  ]

  /** The confirmation's next state, undefined where nothing changes. */
  const expected = (
    { order: { status, confirmation }, claim }: OrderRecord,
    claimId: string,
    outcome: MailOutcome
  ): ConfirmationState | undefined => {
    const { state } = confirmation
    if (outcome._tag === "Sent") return state === "sent" ? undefined : "sent"
    if ((state !== "sending" && state !== "not_due") || claim?.id !== claimId) return undefined
    if (outcome._tag === "Undeliverable") return "undeliverable"
    return status === "pending" || status === "confirmed" ? "waiting" : undefined
  }

  const cases = states.flatMap((before) =>
    ["theirs", "mine"].map((claimId) => ({ before, claimId }))
  )

  for (const outcome of outcomes)
    it(`${outcome._tag} is recorded for whom it may be, once, and never moves the status`, () => {
      for (const { before, claimId } of cases) {
        const after = applyMailOutcome(before, { claimId, at, outcome })
        const state = expected(before, claimId, outcome)
        assert.strictEqual(after?.order.confirmation.state, state, nameOf(before))
        if (after === undefined) continue
        assertStep(before, after)
        assert.strictEqual(after.order.status, before.order.status)
        assert.isNull(after.claim)
        assert.isUndefined(applyMailOutcome(after, { claimId, at, outcome }))
      }
    })

  it("a released mail is due again when its sender said", () => {
    const before = recordIn("confirmed", "sending", at)
    const dueAt = addSeconds(at, 300)
    const outcome = { _tag: "Released", dueAt } as const
    const after = applyMailOutcome(before, { claimId: "theirs", at, outcome })
    assert.deepStrictEqual(after?.work, { dueAt, resends: 3 })
  })
})
