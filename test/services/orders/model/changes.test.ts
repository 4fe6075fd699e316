// Every change of an order, walked over every state that an order can be in: status × confirmation ×
// claim × flag, each with each command and each outcome of a mail.
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { OrderId, UserId } from "../../../../src/services/ids.ts"
import {
  applyAttention,
  applyCommand,
  applyMailOutcome,
  applyMailRequest,
  applyRenewal,
  decideClaim
} from "../../../../src/services/orders/model/changes.ts"
import type { MailOutcome } from "../../../../src/services/orders/model/mailClaims.ts"
import { ClaimId, OrderRecord } from "../../../../src/services/orders/model/Order.ts"
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

const mine = ClaimId.make("mine")
const theirs = ClaimId.make("theirs")

const recordIn = (
  status: OrderStatus,
  state: ConfirmationState,
  claimUntil: Option.Option<Date> = Option.none(),
  flagged = false
): OrderRecord => ({
  order: {
    id: OrderId.make("o1"),
    userId: UserId.make("u1"),
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
  idempotencyKey: Option.none(),
  work: isSettled(status, state)
    ? Option.none()
    : Option.some({ dueAt: addSeconds(placedAt, 60), resends: 3 }),
  claim: Option.map(claimUntil, (leaseUntil) => ({ id: theirs, leaseUntil })),
  needsAttention: flagged ? Option.some({ reason: "it fails", at: placedAt }) : Option.none()
})

const claims = [Option.none(), Option.some(at), Option.some(addSeconds(at, 1))]
const states = orderStatuses.flatMap((status) =>
  confirmationStates.flatMap((state) =>
    claims.flatMap((claim) =>
      isSettled(status, state)
        ? [recordIn(status, state, claim)]
        : [recordIn(status, state, claim), recordIn(status, state, claim, true)]
    )
  )
)
const nameOf = ({ order, claim }: OrderRecord): string => {
  const lease = Option.match(claim, {
    onNone: () => "free",
    onSome: ({ leaseUntil }) => leaseUntil.toISOString()
  })
  return `${order.status}/${order.confirmation.state}/${lease}`
}

const isRecord = Schema.is(OrderRecord)

const resendsOf = ({ work }: OrderRecord) => Option.map(work, ({ resends }) => resends)

/** What every change owes, whatever it does. */
const assertStep = (before: OrderRecord, after: OrderRecord): void => {
  assert.isTrue(isRecord(after))
  assert.strictEqual(after.order.version, before.order.version + 1)
  assert.strictEqual(after.order.updatedAt, at)
  assert.strictEqual(
    Option.isNone(after.work),
    isSettled(after.order.status, after.order.confirmation.state)
  )
  if (Option.isNone(after.work)) assert.isTrue(Option.isNone(after.needsAttention))
  else assert.deepStrictEqual(resendsOf(after), resendsOf(before))
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
  assert.isTrue(Option.isNone(after.needsAttention))
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
        assert.deepStrictEqual(
          Option.map(after, ({ order }) => order.status),
          Option.fromUndefinedOr(to),
          nameOf(before)
        )
        if (Option.isSome(after)) assertMoved(before, after.value)
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
    const after = Option.getOrThrow(
      applyCommand(recordIn("pending", "waiting"), "fail", at, "no such address")
    )
    assert.deepStrictEqual(after.order.timeline.at(-1), {
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
  const request = { claimId: mine, at, leaseUntil: addSeconds(at, 60) }

  it("claims what is unsettled and free, or whose lease has ended", () => {
    for (const before of states) {
      const { outcome, next } = decideClaim(before, request)
      const { order, claim } = before
      if (isSettled(order.status, order.confirmation.state)) {
        assert.deepStrictEqual(outcome, { _tag: "Settled", order }, nameOf(before))
        assert.isTrue(Option.isNone(next))
      } else if (Option.isSome(claim) && claim.value.leaseUntil > at) {
        const until = claim.value.leaseUntil
        assert.deepStrictEqual(outcome, { _tag: "Held", until }, nameOf(before))
        assert.isTrue(Option.isNone(next))
      } else {
        assert(Option.isSome(next), nameOf(before))
        const after = next.value
        assertStep(before, after)
        assert.deepStrictEqual(outcome, { _tag: "Claimed", order: after.order })
        assert.strictEqual(after.order.status, "confirmed")
        assert.deepStrictEqual(after.order.confirmation, { state: "sending", at })
        assert.deepStrictEqual(
          after.claim,
          Option.some({ id: mine, leaseUntil: request.leaseUntil })
        )
      }
    }
  })

  it("knows its own claim again, whatever became of the order since", () => {
    const claimed = Option.getOrThrow(decideClaim(recordIn("pending", "waiting"), request).next)
    const cancelled = Option.getOrThrow(applyCommand(claimed, "cancel", at))
    for (const record of [claimed, cancelled])
      assert.deepStrictEqual(decideClaim(record, request), {
        outcome: { _tag: "Claimed", order: record.order },
        next: Option.none()
      })
  })
})

describe("applyMailRequest", () => {
  it("has a mail that is out, or was refused, wait again, due now; no other", () => {
    for (const before of states) {
      const { status, confirmation } = before.order
      const after = applyMailRequest(before, at)
      const again = status === "confirmed" && isMailOver(confirmation.state)
      assert.strictEqual(Option.isSome(after), again, nameOf(before))
      if (Option.isNone(after)) continue
      assert.isTrue(isRecord(after.value))
      assert.deepStrictEqual(after.value, {
        ...before,
        order: { ...before.order, version: 8, updatedAt: at, confirmation: { state: "waiting" } },
        work: Option.some({ dueAt: at, resends: 0 }),
        claim: Option.none()
      })
    }
  })
})

describe("applyRenewal", () => {
  it("extends a lease of its own that has not ended, shortens none, and shows nobody", () => {
    const later = addSeconds(at, 60)
    for (const before of states) {
      const held = Option.exists(before.claim, ({ leaseUntil }) => leaseUntil > at)
      const renew = (claimId: ClaimId, leaseUntil: Date) =>
        applyRenewal(before, { claimId, at, leaseUntil })
      assert.isTrue(Option.isNone(renew(mine, later)), nameOf(before))
      assert.deepStrictEqual(
        renew(theirs, later),
        held
          ? Option.some({ ...before, claim: Option.some({ id: theirs, leaseUntil: later }) })
          : Option.none()
      )
      assert.deepStrictEqual(renew(theirs, at), held ? Option.some(before) : Option.none())
    }
  })
})

describe("applyAttention", () => {
  it("flags an unsettled order, once, and changes nothing else", () => {
    const flag = { reason: "its mail cannot be written", at }
    for (const before of states) {
      const after = applyAttention(before, flag)
      const flags = Option.isSome(before.work) && Option.isNone(before.needsAttention)
      assert.deepStrictEqual(
        after,
        flags ? Option.some({ ...before, needsAttention: Option.some(flag) }) : Option.none()
      )
    }
  })
})

describe("applyMailOutcome", () => {
  const outcomes: ReadonlyArray<MailOutcome> = [
    { _tag: "Sent" },
    { _tag: "Undeliverable", reason: "no such mailbox" },
    { _tag: "Released", dueAt: addSeconds(at, 300) }
  ]

  /** The confirmation's next state, none where nothing changes. */
  const expected = (
    { order: { status, confirmation }, claim }: OrderRecord,
    claimId: ClaimId,
    outcome: MailOutcome
  ): Option.Option<ConfirmationState> => {
    const { state } = confirmation
    if (outcome._tag === "Sent") return state === "sent" ? Option.none() : Option.some("sent")
    const isHolder = Option.exists(claim, ({ id }) => id === claimId)
    if ((state !== "sending" && state !== "not_due") || !isHolder) return Option.none()
    if (outcome._tag === "Undeliverable") return Option.some("undeliverable")
    return status === "pending" || status === "confirmed" ? Option.some("waiting") : Option.none()
  }

  const cases = states.flatMap((before) => [theirs, mine].map((claimId) => ({ before, claimId })))

  for (const outcome of outcomes)
    it(`${outcome._tag} is recorded for whom it may be, once, and never moves the status`, () => {
      for (const { before, claimId } of cases) {
        const next = applyMailOutcome(before, { claimId, at, outcome })
        const state = Option.map(next, ({ order }) => order.confirmation.state)
        assert.deepStrictEqual(state, expected(before, claimId, outcome), nameOf(before))
        if (Option.isNone(next)) continue
        const after = next.value
        assertStep(before, after)
        assert.strictEqual(after.order.status, before.order.status)
        assert.isTrue(Option.isNone(after.claim))
        assert.isTrue(Option.isNone(applyMailOutcome(after, { claimId, at, outcome })))
      }
    })

  it("a released mail is due again when its sender said", () => {
    const before = recordIn("confirmed", "sending", Option.some(at))
    const dueAt = addSeconds(at, 300)
    const outcome = { _tag: "Released", dueAt } as const
    const after = Option.getOrThrow(applyMailOutcome(before, { claimId: theirs, at, outcome }))
    assert.deepStrictEqual(after.work, Option.some({ dueAt, resends: 3 }))
  })
})
