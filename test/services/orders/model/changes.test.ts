// Every change of an order, walked over every state that an order can be in: status × confirmation ×
// claim × flag, each with each command and each outcome of a mail.
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { OrderId, OrderNumber, UserId } from "../../../../src/services/ids.ts"
import {
  applyAttention,
  applyCommand,
  applyConfirm,
  applyMailClaim,
  applyMailOutcome,
  applyMailRequest,
  isSending,
  mailDueAt,
  takenOverAt,
  toClaimedMail
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

/** The request that the mail of these records is of. */
const request = 2
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
const work = {
  ...{ dueAt: addSeconds(placedAt, 35), resends: 3, unknownSends: 1, failures: 2 },
  traceparent
}

const recordIn = (
  status: OrderStatus,
  state: ConfirmationState,
  claimUntil: Option.Option<Date> = Option.none(),
  flagged = false
): OrderRecord => ({
  order: {
    id: OrderId.make("o1"),
    number: OrderNumber.make("K7QF-2M9X"),
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
  work: isSettled(status, state) ? Option.none() : Option.some(work),
  claim: Option.map(claimUntil, (leaseUntil) => ({ id: theirs, leaseUntil })),
  mailRequest: request,
  needsAttention: flagged ? Option.some({ reason: "it fails", at: placedAt }) : Option.none()
})

/** None, one that may be taken over just now, one that may be so a moment later, and one whose lease runs. */
const claims = [
  Option.none(),
  ...[-10, -9.999, 1].map((seconds) => Option.some(addSeconds(at, seconds)))
]
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

describe("applyConfirm", () => {
  it("confirms a pending order and makes its mail due 5 seconds later; no other", () => {
    for (const before of states) {
      const after = applyConfirm(before, at)
      assert.strictEqual(Option.isSome(after), before.order.status === "pending", nameOf(before))
      if (Option.isNone(after)) continue
      assertStep(before, after.value)
      assert.deepStrictEqual(after.value, {
        ...before,
        order: {
          ...before.order,
          ...{ status: "confirmed", version: 8, updatedAt: at },
          timeline: [...before.order.timeline, { status: "confirmed", at }]
        },
        work: isMailOver(before.order.confirmation.state)
          ? Option.none()
          : Option.some({ ...work, dueAt: addSeconds(at, 5) }),
        needsAttention: isMailOver(before.order.confirmation.state)
          ? Option.none()
          : before.needsAttention
      })
    }
  })
})

describe("applyMailClaim", () => {
  const leaseUntil = addSeconds(at, 30)
  const claim = { claimId: mine, at, leaseUntil }

  it("claims the mail of a confirmed order that is free, or whose lease and margin have ended", () => {
    for (const before of states) {
      const after = applyMailClaim(before, claim)
      const { status, confirmation } = before.order
      const free = !Option.exists(before.claim, (held) => addSeconds(held.leaseUntil, 10) > at)
      const due = status === "confirmed" && !isMailOver(confirmation.state)
      assert.strictEqual(Option.isSome(after), due && free, nameOf(before))
      if (Option.isNone(after)) continue
      assertStep(before, after.value)
      assert.deepStrictEqual(after.value, {
        ...before,
        order: {
          ...before.order,
          ...{ version: 8, updatedAt: at, confirmation: { state: "sending", at } }
        },
        work: Option.some({ ...work, dueAt: addSeconds(leaseUntil, 10) }),
        claim: Option.some({ id: mine, leaseUntil })
      })
      assert.isTrue(isSending(after.value, mine))
      assert.isFalse(isSending(after.value, theirs))
      // The same claim again, and every other one until the lease and the margin have ended.
      for (const claimId of [mine, theirs]) {
        const claimAt = (seconds: number) =>
          applyMailClaim(after.value, { claimId, at: addSeconds(at, seconds), leaseUntil })
        for (const seconds of [0, 30, 39.999]) assert.isTrue(Option.isNone(claimAt(seconds)))
        assert.isTrue(Option.isSome(claimAt(40)))
      }
    }
  })

  it("claims from 5 seconds before the mail is due on: its confirmer has it to itself until then", () => {
    const confirmed = Option.getOrThrow(applyConfirm(recordIn("pending", "waiting"), at))
    assert.isTrue(Option.isSome(applyMailClaim(confirmed, claim)))
    const early = addSeconds(at, -0.001)
    assert.isTrue(Option.isNone(applyMailClaim(confirmed, { ...claim, at: early })))
  })

  it("is over once the order is cancelled, though its sender may still record what came of it", () => {
    const claimed = Option.getOrThrow(applyMailClaim(recordIn("confirmed", "waiting"), claim))
    const cancelled = Option.getOrThrow(applyCommand(claimed, "cancel", at))
    assert.isFalse(isSending(cancelled, mine))
    assert.isTrue(Option.isNone(applyMailClaim(cancelled, { ...claim, at: addSeconds(at, 1000) })))
    const sent = applyMailOutcome(cancelled, {
      ...{ claimId: mine, request, at, outcome: { _tag: "Sent" } }
    })
    assert.isTrue(Option.isSome(sent))
  })

  it("says what the sender needs: the order, the request, and the trace, if there is one", () => {
    const record = recordIn("confirmed", "sending")
    assert.deepStrictEqual(toClaimedMail(record), { order: record.order, request, traceparent })
    const without = { ...record, work: Option.some({ dueAt: at, resends: 0 }) }
    for (const one of [without, { ...record, work: Option.none() }])
      assert.deepStrictEqual(toClaimedMail(one).traceparent, "")
  })

  it("knows the two moments that other workers go by", () => {
    assert.deepStrictEqual(mailDueAt(at), addSeconds(at, 5))
    assert.deepStrictEqual(takenOverAt(at), addSeconds(at, 10))
  })
})

describe("applyMailRequest", () => {
  it("has the mail of a confirmed order due now, as a new request, unless it is being sent", () => {
    for (const before of states) {
      const { status, confirmation } = before.order
      const after = applyMailRequest(before, at)
      const allowed = status === "confirmed" && confirmation.state !== "sending"
      assert.strictEqual(Option.isSome(after), allowed, nameOf(before))
      if (Option.isNone(after)) continue
      assert.isTrue(isRecord(after.value))
      const resends = Option.isSome(before.work) ? 3 : 0
      assert.deepStrictEqual(after.value, {
        ...before,
        order: { ...before.order, version: 8, updatedAt: at, confirmation: { state: "waiting" } },
        work: Option.some({ dueAt: at, resends }),
        claim: Option.none(),
        mailRequest: request + 1,
        needsAttention: Option.none()
      })
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
    { _tag: "Released" },
    { _tag: "Unknown" },
    { _tag: "Failed", reason: "the mail cannot be written" }
  ]

  /** The confirmation's next state, none where nothing changes. */
  const expected = (
    { order: { status, confirmation }, claim }: OrderRecord,
    claimId: ClaimId,
    number: number,
    outcome: MailOutcome
  ): Option.Option<ConfirmationState> => {
    const { state } = confirmation
    if (outcome._tag === "Sent")
      return state === "sent" || number !== request ? Option.none() : Option.some("sent")
    const isHolder = Option.exists(claim, ({ id }) => id === claimId)
    if ((state !== "sending" && state !== "not_due") || !isHolder) return Option.none()
    if (outcome._tag === "Undeliverable") return Option.some("undeliverable")
    return status === "pending" || status === "confirmed" ? Option.some("waiting") : Option.none()
  }

  const cases = states.flatMap((before) =>
    [theirs, mine].flatMap((claimId) =>
      [request, request - 1].map((number) => ({ before, claimId, number }))
    )
  )

  for (const outcome of outcomes)
    it(`${outcome._tag} is recorded for whom it may be, once, and never moves the status`, () => {
      for (const { before, claimId, number } of cases) {
        const record = { claimId, request: number, at, outcome }
        const next = applyMailOutcome(before, record)
        const state = Option.map(next, ({ order }) => order.confirmation.state)
        assert.deepStrictEqual(state, expected(before, claimId, number, outcome), nameOf(before))
        if (Option.isNone(next)) continue
        const after = next.value
        assertStep(before, after)
        assert.strictEqual(after.order.status, before.order.status)
        assert.isTrue(Option.isNone(after.claim))
        assert.strictEqual(after.mailRequest, request)
        assert.isTrue(Option.isNone(applyMailOutcome(after, record)))
      }
    })

  const recorded = (before: OrderRecord, outcome: MailOutcome) =>
    Option.getOrThrow(applyMailOutcome(before, { claimId: theirs, request, at, outcome }))
  const sending = recordIn("confirmed", "sending", Option.some(at))

  it("a released mail is due now, and counts towards nothing", () => {
    const after = recorded(sending, { _tag: "Released" })
    assert.deepStrictEqual(after.work, Option.some({ ...work, dueAt: at }))
  })

  it("an unknown outcome and a failure are counted apart", () => {
    assert.deepStrictEqual(
      recorded(sending, { _tag: "Unknown" }).work,
      Option.some({ ...work, unknownSends: 2, dueAt: addSeconds(at, 600) })
    )
    assert.deepStrictEqual(
      recorded(sending, { _tag: "Failed", reason: "it fails" }).work,
      Option.some({ ...work, failures: 3, dueAt: addSeconds(at, 300) })
    )
  })

  it("the seventh failure flags the order, and a flag that is set stays", () => {
    const failed = { _tag: "Failed", reason: "the mail cannot be written" } as const
    const flagAfter = (failures: number, flagged = false) =>
      recorded(
        {
          ...recordIn("confirmed", "sending", Option.some(at), flagged),
          work: Option.some({ ...work, failures })
        },
        failed
      ).needsAttention
    assert.deepStrictEqual(flagAfter(5), Option.none())
    assert.deepStrictEqual(flagAfter(6), Option.some({ reason: failed.reason, at }))
    assert.deepStrictEqual(flagAfter(7, true), Option.some({ reason: "it fails", at: placedAt }))
  })
})
