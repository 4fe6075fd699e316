// Every change of an order, walked over every state that an order can be in: status × confirmation × notice ×
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
  mailOf,
  takenOverAt,
  toClaimedMail
} from "../../../../src/services/orders/model/changes.ts"
import type { MailOutcome } from "../../../../src/services/orders/model/mailClaims.ts"
import {
  ClaimId,
  type Notice,
  type Order,
  OrderRecord
} from "../../../../src/services/orders/model/Order.ts"
import {
  type ConfirmationState,
  confirmationStates,
  hasWork,
  isMailed,
  isSettled,
  type MailKind,
  type NoticeState,
  noticedStatuses,
  noticeStates,
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

/** A notice is claimed from when it is due on, and no earlier. */
const withWorkOf = (record: OrderRecord): OrderRecord => ({
  ...record,
  work: hasWork(record.order)
    ? Option.some(record.order.notice === undefined ? work : { ...work, dueAt: at })
    : Option.none()
})

const recordIn = (
  status: OrderStatus,
  state: ConfirmationState,
  claimUntil: Option.Option<Date> = Option.none(),
  flagged = false,
  notice?: NoticeState
): OrderRecord =>
  withWorkOf({
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
      confirmation: { state },
      ...(notice === undefined ? {} : { notice: { state: notice } })
    },
    idempotencyKey: Option.none(),
    work: Option.none(),
    claim: Option.map(claimUntil, (leaseUntil) => ({ id: theirs, leaseUntil })),
    mailRequest: request,
    needsAttention: flagged ? Option.some({ reason: "it fails", at: placedAt }) : Option.none()
  })

/** None, one that may be taken over just now, one that may be so a moment later, and one whose lease runs. */
const claims = [
  Option.none(),
  ...[-10, -9.999, 1].map((seconds) => Option.some(addSeconds(at, seconds)))
]
const isNoticed = (status: OrderStatus): boolean => noticedStatuses.some((one) => one === status)

/** Without a notice are those that a process of the previous version has ended. */
const noticesOf = (status: OrderStatus): ReadonlyArray<NoticeState | undefined> =>
  isNoticed(status) ? [undefined, ...noticeStates] : [undefined]

const states = orderStatuses.flatMap((status) =>
  confirmationStates.flatMap((state) =>
    noticesOf(status).flatMap((notice) =>
      claims.flatMap((claim) => {
        const record = recordIn(status, state, claim, false, notice)
        return Option.isNone(record.work)
          ? [record]
          : [record, recordIn(status, state, claim, true, notice)]
      })
    )
  )
)
const nameOf = ({ order, claim }: OrderRecord): string => {
  const lease = Option.match(claim, {
    onNone: () => "free",
    onSome: ({ leaseUntil }) => leaseUntil.toISOString()
  })
  return `${order.status}/${order.confirmation.state}/${order.notice?.state ?? "none"}/${lease}`
}

const isRecord = Schema.is(OrderRecord)

const resendsOf = ({ work }: OrderRecord) =>
  Option.match(work, { onNone: () => 0, onSome: ({ resends }) => resends })

/** What every change owes. */
const assertStep = (before: OrderRecord, after: OrderRecord): void => {
  assert.isTrue(isRecord(after))
  assert.strictEqual(after.order.version, before.order.version + 1)
  assert.strictEqual(after.order.updatedAt, at)
  assert.strictEqual(Option.isSome(after.work), hasWork(after.order))
  if (Option.isNone(after.work)) assert.isTrue(Option.isNone(after.needsAttention))
  else assert.strictEqual(resendsOf(after), resendsOf(before))
  const { id, userId, items, total, currency, createdAt } = before.order
  assert.deepInclude(after.order, { id, userId, items, total, currency, createdAt })
  const added = after.order.status === before.order.status ? 0 : 1
  assert.strictEqual(after.order.timeline.length, before.order.timeline.length + added)
  assert.strictEqual(after.order.timeline.at(-1)?.status, after.order.status)
}

/** The order after one change, of the mail about its status alone. */
const orderWith = ({ order }: OrderRecord, mail: Notice): Order => ({
  ...order,
  ...{ version: 8, updatedAt: at },
  ...(order.notice === undefined ? { confirmation: mail } : { notice: mail })
})

const isMailOver = (state: ConfirmationState): boolean =>
  state === "sent" || state === "undeliverable"

/** The notice would take the confirmation's place. */
const isTooEarly = (command: OrderCommand, state: ConfirmationState): boolean =>
  command === "fulfil" && !isMailOver(state)

/** What a command does in addition to changing the status. */
const assertMoved = (before: OrderRecord, after: OrderRecord): void => {
  assertStep(before, after)
  assert.isTrue(Option.isNone(after.needsAttention))
  const { state } = before.order.confirmation
  const noticed = isNoticed(after.order.status)
  assert.strictEqual(
    after.order.confirmation.state,
    noticed && !isMailOver(state) ? "not_due" : state
  )
  if (!noticed) {
    assert.deepStrictEqual([after.claim, after.mailRequest], [before.claim, before.mailRequest])
    assert.isUndefined(after.order.notice)
    return
  }
  assert.deepStrictEqual(after.order.notice, { state: "waiting" })
  assert.deepStrictEqual([after.claim, after.mailRequest], [Option.none(), before.mailRequest])
  // A confirmation that is being sent goes out first: until no sender may have it any more.
  const freeAt = Option.match(before.claim, {
    onNone: () => at,
    onSome: ({ leaseUntil }) => addSeconds(leaseUntil, 10)
  })
  assert.deepStrictEqual(
    after.work,
    Option.some({
      dueAt: state === "sending" && freeAt > at ? freeAt : at,
      resends: resendsOf(before),
      ...(Option.isSome(before.work) ? { traceparent } : {})
    })
  )
}

describe("the transition table", () => {
  const allowed: { readonly [K in OrderCommand]: { readonly [S in OrderStatus]?: OrderStatus } } = {
    confirm: { pending: "confirmed" },
    fulfil: { confirmed: "fulfilled" },
    cancel: { pending: "cancelled", confirmed: "cancelled" },
    fail: { pending: "failed" }
  }

  for (const command of commands)
    it(`${command} changes an order's status only as the table says`, () => {
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

  it("an order returns its stock exactly when it stops reserving it", () => {
    for (const { from, to, returnsStock } of Object.values(transitions))
      for (const status of from) {
        assert.include(reservingStatuses, status)
        assert.strictEqual(reservingStatuses.includes(to), !returnsStock)
      }
    assert.deepStrictEqual(reservingStatuses, ["pending", "confirmed", "fulfilled"])
  })

  it("a final status is never left", () => {
    for (const status of ["fulfilled", "cancelled", "failed"] as const)
      for (const { from } of Object.values(transitions)) assert.notInclude(from, status)
  })

  it("a reason is added to the timeline", () => {
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
  it("is an order that is final, or confirmed with its mail sent or undeliverable", () => {
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
  it("confirms only a pending order, and makes its mail due 5 seconds later", () => {
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

  it("claims a mail that is due and unclaimed, or whose lease and margin have ended", () => {
    for (const before of states) {
      const after = applyMailClaim(before, claim)
      const free = !Option.exists(before.claim, (held) => addSeconds(held.leaseUntil, 10) > at)
      const due = before.order.status !== "pending" && hasWork(before.order)
      assert.strictEqual(Option.isSome(after), due && free, nameOf(before))
      if (Option.isNone(after)) continue
      assertStep(before, after.value)
      assert.deepStrictEqual(after.value, {
        ...before,
        order: orderWith(before, { state: "sending", at }),
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

  it("claims a notice when it is due, and not earlier", () => {
    const cancelled = Option.getOrThrow(applyCommand(recordIn("confirmed", "sent"), "cancel", at))
    assert.isTrue(Option.isSome(applyMailClaim(cancelled, claim)))
    const early = { ...claim, at: addSeconds(at, -0.001) }
    assert.isTrue(Option.isNone(applyMailClaim(cancelled, early)))
  })

  it("claims a confirmation from 5 seconds before it is due: until then only its confirmer sends it", () => {
    const confirmed = Option.getOrThrow(applyConfirm(recordIn("pending", "waiting"), at))
    assert.isTrue(Option.isSome(applyMailClaim(confirmed, claim)))
    const early = addSeconds(at, -0.001)
    assert.isTrue(Option.isNone(applyMailClaim(confirmed, { ...claim, at: early })))
  })

  it("ends when the order is cancelled, and the notice waits until no sender can hold the claim", () => {
    const claimed = Option.getOrThrow(applyMailClaim(recordIn("confirmed", "waiting"), claim))
    const cancelled = Option.getOrThrow(applyCommand(claimed, "cancel", at))
    assert.isFalse(isSending(cancelled, mine))
    const claimIn = (seconds: number) =>
      applyMailClaim(cancelled, { ...claim, claimId: theirs, at: addSeconds(at, seconds) })
    assert.isTrue(Option.isNone(claimIn(39.999)))
    assert.deepStrictEqual(Option.getOrThrow(claimIn(40)).order.notice?.state, "sending")
  })

  it("returns what the sender needs: the order, the request, and the trace, if there is one", () => {
    const record = recordIn("confirmed", "sending")
    const { order } = record
    const claimed = { order, kind: "confirmed", request, traceparent } as const
    assert.deepStrictEqual(toClaimedMail(record), claimed)
    for (const kind of noticedStatuses)
      assert.strictEqual(
        toClaimedMail(recordIn(kind, "sent", Option.none(), false, "sending")).kind,
        kind
      )
    assert.throws(() => toClaimedMail(recordIn("pending", "waiting")))
    const without = { ...record, work: Option.some({ dueAt: at, resends: 0 }) }
    for (const one of [without, { ...record, work: Option.none() }])
      assert.deepStrictEqual(toClaimedMail(one).traceparent, "")
  })

  it("has the two times that other workers use", () => {
    assert.deepStrictEqual(mailDueAt(at), addSeconds(at, 5))
    assert.deepStrictEqual(takenOverAt(at), addSeconds(at, 10))
  })
})

describe("applyMailRequest", () => {
  it("makes the mail about an order's status due now, as a new request, unless it is being sent", () => {
    for (const before of states) {
      const { status, notice } = before.order
      const after = applyMailRequest(before, at)
      const { state } = mailOf(before.order)
      // Each that waits was tried in vain.
      const allowed = (status === "confirmed" || notice !== undefined) && state !== "sending"
      assert.strictEqual(Option.isSome(after), allowed, nameOf(before))
      if (Option.isNone(after)) continue
      assert.isTrue(isRecord(after.value))
      assert.deepStrictEqual(after.value, {
        ...before,
        order: orderWith(before, { state: "waiting" }),
        work: Option.some({ dueAt: at, resends: resendsOf(before) }),
        claim: Option.none(),
        mailRequest: request + 1,
        needsAttention: Option.none()
      })
    }
  })
})

describe("applyMailRequest for a notice", () => {
  it("changes nothing for an untried notice, which is due already", () => {
    const before = Option.getOrThrow(applyCommand(recordIn("confirmed", "sent"), "cancel", at))
    assert.isTrue(Option.isNone(applyMailRequest(before, addSeconds(at, 1))))
  })
})

describe("applyAttention", () => {
  it("flags an order with open work, once, and changes no other field", () => {
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

  /** The next state of a confirmation whose order went on. */
  const expectedLate = (
    state: ConfirmationState,
    { _tag }: MailOutcome
  ): Option.Option<ConfirmationState> => {
    if (_tag === "Sent") return state === "sent" ? Option.none() : Option.some("sent")
    return _tag === "Undeliverable" && state === "not_due"
      ? Option.some("undeliverable")
      : Option.none()
  }

  const isHeldBy = ({ claim }: OrderRecord, claimId: ClaimId): boolean =>
    Option.exists(claim, ({ id }) => id === claimId)

  /** Not of an order that a process of the previous version has ended. */
  const isTriedAgain = ({ status, notice }: Order): boolean =>
    !isNoticed(status) || notice !== undefined

  /** The next state of a mail that its sender did not get out. */
  const expectedUnsent = (
    { before, claimId }: Case,
    { _tag }: MailOutcome
  ): Option.Option<ConfirmationState> => {
    const { state } = mailOf(before.order)
    if (!["sending", "not_due"].includes(state) || !isHeldBy(before, claimId)) return Option.none()
    if (_tag === "Undeliverable") return Option.some("undeliverable")
    return isTriedAgain(before.order) ? Option.some("waiting") : Option.none()
  }

  /** The mail's next state, none where nothing changes. */
  const expected = (one: Case, outcome: MailOutcome): Option.Option<ConfirmationState> => {
    const { confirmation, notice } = one.before.order
    if (notice !== undefined && one.kind === "confirmed")
      return expectedLate(confirmation.state, outcome)
    if (outcome._tag !== "Sent") return expectedUnsent(one, outcome)
    const isNews = mailOf(one.before.order).state !== "sent" && one.number === request
    return isNews ? Option.some("sent") : Option.none()
  }

  interface Case {
    readonly before: OrderRecord
    readonly claimId: ClaimId
    readonly kind: MailKind
    readonly number: number
  }

  const kindsOf = ({ order: { status, notice } }: OrderRecord): ReadonlyArray<MailKind> =>
    notice !== undefined && isMailed(status) ? ["confirmed", status] : ["confirmed"]

  const cases = states.flatMap((before) =>
    [theirs, mine].flatMap((claimId) =>
      kindsOf(before).flatMap((kind) =>
        [request, request - 1].map((number): Case => ({ before, claimId, kind, number }))
      )
    )
  )

  for (const outcome of outcomes)
    it(`${outcome._tag} is recorded once for an allowed claim, and never changes the status`, () => {
      for (const one of cases) {
        const { before, claimId, kind, number } = one
        const record = { claimId, kind, request: number, at, outcome }
        const next = applyMailOutcome(before, record)
        const isLate = before.order.notice !== undefined && kind === "confirmed"
        const state = Option.map(
          next,
          ({ order }): ConfirmationState =>
            isLate ? order.confirmation.state : mailOf(order).state
        )
        assert.deepStrictEqual(state, expected(one, outcome), nameOf(before))
        if (Option.isNone(next)) continue
        const after = next.value
        assertStep(before, after)
        assert.strictEqual(after.order.status, before.order.status)
        assert.strictEqual(after.mailRequest, request)
        // A late record leaves the notice to its own sender.
        if (isLate) {
          assert.deepStrictEqual([after.claim, after.work], [before.claim, before.work])
          assert.deepStrictEqual(after.order.notice, before.order.notice)
        } else assert.isTrue(Option.isNone(after.claim))
        assert.isTrue(Option.isNone(applyMailOutcome(after, record)))
      }
    })

  const recorded = (before: OrderRecord, outcome: MailOutcome) =>
    Option.getOrThrow(
      applyMailOutcome(before, { claimId: theirs, kind: "confirmed", request, at, outcome })
    )
  const sending = recordIn("confirmed", "sending", Option.some(at))

  it("a released mail is due now, and is not counted", () => {
    const after = recorded(sending, { _tag: "Released" })
    assert.deepStrictEqual(after.work, Option.some({ ...work, dueAt: at }))
  })

  it("an unknown outcome and a failure are counted separately", () => {
    assert.deepStrictEqual(
      recorded(sending, { _tag: "Unknown" }).work,
      Option.some({ ...work, unknownSends: 2, dueAt: addSeconds(at, 600) })
    )
    assert.deepStrictEqual(
      recorded(sending, { _tag: "Failed", reason: "it fails" }).work,
      Option.some({ ...work, failures: 3, dueAt: addSeconds(at, 300) })
    )
  })

  it("the seventh failure flags the order, and does not overwrite a flag", () => {
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
