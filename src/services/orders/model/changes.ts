// Every change of a stored order as a pure function from record to record. Stores read, apply one of
// these, and write under a guard on `version`; what an order may become is decided here alone.

import { Option } from "effect"
import { addSeconds } from "../../time.ts"
import type { ClaimedMail, ClaimRequest, MailRecord } from "./mailClaims.ts"
import type { Attention, ClaimId, Order, OrderRecord, Work } from "./Order.ts"
import { isAllowed, isSettled, type OrderCommand, transitions } from "./OrderStatus.ts"
import {
  afterFailure,
  afterUnknownSend,
  clockMarginSeconds,
  handOverSeconds,
  needsFlag
} from "./work.ts"

/**
 * The next visible state: version and time move; `work` and the call for attention go once the order
 * is settled.
 */
const advance = (
  record: OrderRecord,
  at: Date,
  changes: Partial<Pick<Order, "status" | "timeline" | "confirmation">>
): OrderRecord => {
  const order = { ...record.order, ...changes, updatedAt: at, version: record.order.version + 1 }
  const settled = isSettled(order.status, order.confirmation.state)
  return settled
    ? { ...record, order, work: Option.none(), needsAttention: Option.none() }
    : { ...record, order }
}

/**
 * Applies a command of the state machine; none where the order does not allow it: its status,
 * and for `fulfil` its mail, which must be sent or undeliverable, since a fulfilled order is never mailed
 * again and each confirmed one is.
 */
export const applyCommand = (
  record: OrderRecord,
  command: OrderCommand,
  at: Date,
  reason?: string
): Option.Option<OrderRecord> => {
  const { order } = record
  if (!isAllowed(order.status, command)) return Option.none()
  if (command === "fulfil" && !isSettled(order.status, order.confirmation.state))
    return Option.none()
  const { to } = transitions[command]
  const entry = reason === undefined ? { status: to, at } : { status: to, at, reason }
  // No mail is due once the order is over. Its sender may have died, so no record is waited for. A living
  // sender keeps its claim, and records what came of a mail that was on its way.
  const { state } = order.confirmation
  const dropped = (state === "waiting" || state === "sending") && isSettled(to, state)
  const next = advance(record, at, {
    status: to,
    timeline: [...order.timeline, entry],
    ...(dropped ? { confirmation: { state: "not_due", at } } : {})
  })
  return Option.some({ ...next, needsAttention: Option.none() })
}

/**
 * Has the mail of a confirmed order sent once more, or now where it waits: a new request, due at `at`, whose
 * failures count from zero. None while a worker sends it.
 */
export const applyMailRequest = (record: OrderRecord, at: Date): Option.Option<OrderRecord> => {
  const { status, confirmation } = record.order
  if (status !== "confirmed" || confirmation.state === "sending") return Option.none()
  const resends = Option.match(record.work, { onNone: () => 0, onSome: (work) => work.resends })
  return Option.some({
    ...advance(record, at, { confirmation: { state: "waiting" } }),
    work: Option.some({ dueAt: at, resends }),
    claim: Option.none(),
    mailRequest: record.mailRequest + 1,
    needsAttention: Option.none()
  })
}

/** Flags an unsettled order that is not flagged yet; none for every other one. */
export const applyAttention = (
  record: OrderRecord,
  needsAttention: Attention
): Option.Option<OrderRecord> =>
  Option.isNone(record.work) || Option.isSome(record.needsAttention)
    ? Option.none()
    : Option.some({ ...record, needsAttention: Option.some(needsAttention) })

/** Confirms a pending order and makes its mail due; none for every other one. */
export const applyConfirm = (record: OrderRecord, at: Date): Option.Option<OrderRecord> => {
  const { order } = record
  if (!isAllowed(order.status, "confirm")) return Option.none()
  const { to } = transitions.confirm
  const next = advance(record, at, {
    status: to,
    timeline: [...order.timeline, { status: to, at }]
  })
  return Option.some(withWork(next, (work) => ({ ...work, dueAt: mailDueAt(at) })))
}

/** When other workers find the mail of an order that was confirmed at `at`. */
export const mailDueAt = (at: Date): Date => addSeconds(at, handOverSeconds)

/** From when on a mail may be taken over whose claim has this lease. */
export const takenOverAt = (leaseUntil: Date): Date => addSeconds(leaseUntil, clockMarginSeconds)

/**
 * Claims the mail of a confirmed order; none where it is not due, or where another worker may still send it.
 * A mail that its confirmer has to itself counts as due, since only that worker knows of it.
 */
export const applyMailClaim = (
  record: OrderRecord,
  { claimId, at, leaseUntil }: Omit<ClaimRequest, "orderIds">
): Option.Option<OrderRecord> => {
  const { order, claim, work } = record
  if (order.status !== "confirmed" || !Option.exists(work, ({ dueAt }) => dueAt <= mailDueAt(at)))
    return Option.none()
  if (Option.exists(claim, (held) => takenOverAt(held.leaseUntil) > at)) return Option.none()
  const next = advance(record, at, { confirmation: { state: "sending", at } })
  return Option.some({
    ...withWork(next, (due) => ({ ...due, dueAt: takenOverAt(leaseUntil) })),
    claim: Option.some({ id: claimId, leaseUntil })
  })
}

const withWork = (record: OrderRecord, change: (work: Work) => Work): OrderRecord => ({
  ...record,
  work: Option.map(record.work, change)
})

const isClaimedBy = ({ claim }: OrderRecord, claimId: ClaimId): boolean =>
  Option.exists(claim, ({ id }) => id === claimId)

/** Whether the claim has the mail: not of an order that a cancel ended meanwhile. */
export const isSending = (record: OrderRecord, claimId: ClaimId): boolean =>
  isClaimedBy(record, claimId) && record.order.confirmation.state === "sending"

/** What the claimer of a mail gets. */
export const toClaimedMail = ({ order, work, mailRequest }: OrderRecord): ClaimedMail => ({
  order,
  request: mailRequest,
  traceparent: Option.match(work, {
    onNone: () => "",
    onSome: ({ traceparent = "" }) => traceparent
  })
})

/** Whether the mail is this claim's and not on record yet, also where a cancel came in between. */
const isSentBy = (record: OrderRecord, claimId: ClaimId): boolean => {
  const { state } = record.order.confirmation
  return isClaimedBy(record, claimId) && (state === "sending" || state === "not_due")
}

/** The mail waits again, and `change` says when it is due. Of an order that is over nothing is tried again. */
const waitAgain = (
  record: OrderRecord,
  claimId: ClaimId,
  at: Date,
  change: (work: Work) => Work
): Option.Option<OrderRecord> =>
  isSentBy(record, claimId) && Option.isSome(record.work)
    ? Option.some({
        ...withWork(advance(record, at, { confirmation: { state: "waiting" } }), change),
        claim: Option.none()
      })
    : Option.none()

/** Records what came of a mail; none where that changes nothing. */
export const applyMailOutcome = (
  record: OrderRecord,
  { claimId, request, at, outcome }: Omit<MailRecord, "orderId">
): Option.Option<OrderRecord> => {
  const { state } = record.order.confirmation
  switch (outcome._tag) {
    // The mail is out, so it is recorded whichever worker holds the claim by now.
    case "Sent":
      return state === "sent" || request !== record.mailRequest
        ? Option.none()
        : Option.some({
            ...advance(record, at, { confirmation: { state: "sent", at } }),
            claim: Option.none()
          })
    case "Undeliverable":
      return isSentBy(record, claimId)
        ? Option.some({
            ...advance(record, at, { confirmation: { state: "undeliverable", at } }),
            claim: Option.none()
          })
        : Option.none()
    case "Released":
      return waitAgain(record, claimId, at, (work) => ({ ...work, dueAt: at }))
    case "Unknown":
      return waitAgain(record, claimId, at, (work) => afterUnknownSend(work, at))
    case "Failed":
      return Option.map(
        waitAgain(record, claimId, at, (work) => afterFailure(work, at)),
        (next) => flagFailing(next, { reason: outcome.reason, at })
      )
  }
}

/** Flags an order whose mail has failed too often. */
const flagFailing = (record: OrderRecord, attention: Attention): OrderRecord =>
  Option.exists(record.work, needsFlag)
    ? Option.getOrElse(applyAttention(record, attention), () => record)
    : record
