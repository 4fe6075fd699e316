// Every change of a stored order as a pure function from record to record. Stores read, apply one of these, and write
// under a guard on `version`; only this file decides how an order may change.

import { Option } from "effect"
import { addSeconds } from "../../time.ts"
import type { ClaimedMail, ClaimRequest, MailRecord } from "./mailClaims.ts"
import type { Attention, ClaimId, Notice, Order, OrderRecord, Work } from "./Order.ts"
import {
  hasWork,
  isAllowed,
  isMailed,
  isSettled,
  type MailKind,
  noticedStatuses,
  type OrderCommand,
  type OrderStatus,
  transitions
} from "./OrderStatus.ts"
import {
  afterFailure,
  afterUnknownSend,
  clockMarginSeconds,
  handOverSeconds,
  needsFlag
} from "./work.ts"

/**
 * The next visible state: version and time move; `work` and the call for attention go once nothing is left to do
 * for the order.
 */
const advance = (
  record: OrderRecord,
  at: Date,
  changes: Partial<Pick<Order, "status" | "timeline" | "confirmation" | "notice">>
): OrderRecord => {
  const order = { ...record.order, ...changes, updatedAt: at, version: record.order.version + 1 }
  return hasWork(order)
    ? { ...record, order }
    : { ...record, order, work: Option.none(), needsAttention: Option.none() }
}

/** The mail about the order's status: its notice, or else its confirmation. */
export const mailOf = ({ notice, confirmation }: Pick<Order, "notice" | "confirmation">) =>
  notice ?? confirmation

/** Its next state. */
const withMail = ({ notice }: Order, mail: Notice) =>
  notice === undefined ? { confirmation: mail } : { notice: mail }

const isNoticed = (status: OrderStatus): boolean => noticedStatuses.some((one) => one === status)

/**
 * Makes the mail about a change due. A waiting confirmation becomes `not_due`: the notice has all that the customer
 * has to know. A confirmation that is being sent is sent first, so that mails arrive in the order of the changes: the
 * notice waits until no sender can have the confirmation, since a sender that died never reports an outcome. The
 * claim, which was on the confirmation, ends.
 */
const withNotice = (
  record: OrderRecord,
  at: Date,
  changes: Pick<Order, "status" | "timeline">
): OrderRecord => {
  const { state } = record.order.confirmation
  const unsent = state === "waiting" || state === "sending"
  const next = advance(record, at, {
    ...changes,
    ...(unsent ? { confirmation: { state: "not_due", at } } : {}),
    notice: { state: "waiting" }
  })
  const freeAt = Option.match(record.claim, {
    onNone: () => at,
    onSome: ({ leaseUntil }) => takenOverAt(leaseUntil)
  })
  const { resends, traceparent } = Option.getOrElse(
    record.work,
    (): Pick<Work, "resends" | "traceparent"> => ({ resends: 0 })
  )
  return {
    ...next,
    work: Option.some({
      dueAt: state === "sending" && freeAt > at ? freeAt : at,
      resends,
      ...(traceparent === undefined ? {} : { traceparent })
    }),
    claim: Option.none()
  }
}

/**
 * Applies a command of the state machine; none where the order does not allow it: its status, and for `fulfil` its
 * confirmation, which must be sent or undeliverable: each confirmed order is mailed, and its notice would take the
 * place of the confirmation. Each change to a status after `confirmed` makes a notice due, of staff and of the owner alike.
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
  const changes = { status: to, timeline: [...order.timeline, entry] }
  const next = isNoticed(to) ? withNotice(record, at, changes) : advance(record, at, changes)
  return Option.some({ ...next, needsAttention: Option.none() })
}

/** Whether another mail may be requested: not while one is being sent, nor for a notice that is due already. */
const isAskable = ({ order: { status, confirmation, notice }, work }: OrderRecord): boolean => {
  if (notice === undefined) return status === "confirmed" && confirmation.state !== "sending"
  const { unknownSends = 0, failures = 0 } = Option.getOrElse(
    work,
    (): Pick<Work, "unknownSends" | "failures"> => ({})
  )
  return notice.state === "waiting" ? unknownSends + failures > 0 : notice.state !== "sending"
}

/**
 * Has the mail about an order's status sent once more, or now where it waits: a new request, due at `at`, whose
 * failures count from zero. None while a worker sends it, and for a notice that was not tried yet.
 */
export const applyMailRequest = (record: OrderRecord, at: Date): Option.Option<OrderRecord> => {
  if (!isAskable(record)) return Option.none()
  const resends = Option.match(record.work, { onNone: () => 0, onSome: (work) => work.resends })
  return Option.some({
    ...advance(record, at, withMail(record.order, { state: "waiting" })),
    work: Option.some({ dueAt: at, resends }),
    claim: Option.none(),
    mailRequest: record.mailRequest + 1,
    needsAttention: Option.none()
  })
}

/** Flags an order with work that is not flagged yet; None for every other one. */
export const applyAttention = (
  record: OrderRecord,
  needsAttention: Attention
): Option.Option<OrderRecord> =>
  Option.isNone(record.work) || Option.isSome(record.needsAttention)
    ? Option.none()
    : Option.some({ ...record, needsAttention: Option.some(needsAttention) })

/** Confirms a pending order and makes its mail due; None for every other one. */
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

/** When another worker may take over a mail whose claim has this lease. */
export const takenOverAt = (leaseUntil: Date): Date => addSeconds(leaseUntil, clockMarginSeconds)

/**
 * Claims the mail of an order; none where it is not due, or where another worker may still send it.
 * A confirmation that its confirmer has to itself counts as due, since only that worker knows of it.
 */
export const applyMailClaim = (
  record: OrderRecord,
  { claimId, at, leaseUntil }: Omit<ClaimRequest, "orderIds">
): Option.Option<OrderRecord> => {
  const { order, claim, work } = record
  const dueBy = order.status === "confirmed" ? mailDueAt(at) : at
  if (!isMailed(order.status) || !Option.exists(work, ({ dueAt }) => dueAt <= dueBy))
    return Option.none()
  if (Option.exists(claim, (held) => takenOverAt(held.leaseUntil) > at)) return Option.none()
  const next = advance(record, at, withMail(order, { state: "sending", at }))
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

/** Whether the claim has the mail: not if the order's status has changed since. */
export const isSending = (record: OrderRecord, claimId: ClaimId): boolean =>
  isClaimedBy(record, claimId) && mailOf(record.order).state === "sending"

const kindOf = ({ status }: Order): MailKind => {
  if (!isMailed(status)) throw new Error("a pending order has no mail")
  return status
}

/** The mail as its claimer gets it. */
export const toClaimedMail = ({ order, work, mailRequest }: OrderRecord): ClaimedMail => ({
  order,
  kind: kindOf(order),
  request: mailRequest,
  traceparent: Option.match(work, {
    onNone: () => "",
    onSome: ({ traceparent = "" }) => traceparent
  })
})

/** Whether this claim has the mail and it is not recorded yet, also if a process of the previous version cancelled. */
const isSentBy = (record: OrderRecord, claimId: ClaimId): boolean => {
  const { state } = mailOf(record.order)
  return isClaimedBy(record, claimId) && (state === "sending" || state === "not_due")
}

/** The mail waits again, and `change` sets when it is due. None if the claim no longer has the mail. */
const waitAgain = (
  record: OrderRecord,
  claimId: ClaimId,
  at: Date,
  change: (work: Work) => Work
): Option.Option<OrderRecord> =>
  isSentBy(record, claimId) && Option.isSome(record.work)
    ? Option.some({
        ...withWork(advance(record, at, withMail(record.order, { state: "waiting" })), change),
        claim: Option.none()
      })
    : Option.none()

/**
 * The outcome of a confirmation whose order was changed while it was being sent: readers see that it was sent or
 * refused. Nothing else changes, and the notice stays as it is.
 */
const recordLate = (
  record: OrderRecord,
  { at, outcome }: Pick<MailRecord, "at" | "outcome">
): Option.Option<OrderRecord> => {
  const { state } = record.order.confirmation
  if (outcome._tag === "Sent" && state !== "sent")
    return Option.some(advance(record, at, { confirmation: { state: "sent", at } }))
  if (outcome._tag === "Undeliverable" && state === "not_due")
    return Option.some(advance(record, at, { confirmation: { state: "undeliverable", at } }))
  return Option.none()
}

/** Records the outcome of a mail; None if that changes nothing. */
export const applyMailOutcome = (
  record: OrderRecord,
  { claimId, kind, request, at, outcome }: Omit<MailRecord, "orderId">
): Option.Option<OrderRecord> => {
  const { order } = record
  if (kind === "confirmed" && order.notice !== undefined) return recordLate(record, { at, outcome })
  const { state } = mailOf(order)
  switch (outcome._tag) {
    // The mail is sent, so this is recorded even if another worker holds the claim now.
    case "Sent":
      return state === "sent" || request !== record.mailRequest
        ? Option.none()
        : Option.some({
            ...advance(record, at, withMail(order, { state: "sent", at })),
            claim: Option.none()
          })
    case "Undeliverable":
      return isSentBy(record, claimId)
        ? Option.some({
            ...advance(record, at, withMail(order, { state: "undeliverable", at })),
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
