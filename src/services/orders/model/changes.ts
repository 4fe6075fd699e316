// Every change of a stored order as a pure function from record to record. Stores read, apply one of
// these, and write under a guard on `version`; what an order may become is decided here alone.

import type { ClaimOutcome, ClaimRequest, MailRecord, RenewRequest } from "./mailClaims.ts"
import type { Attention, Order, OrderRecord } from "./Order.ts"
import { isAllowed, isSettled, type OrderCommand, transitions } from "./OrderStatus.ts"

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
  return settled ? { ...record, order, work: null, needsAttention: null } : { ...record, order }
}

/**
 * Applies a command of the state machine, or `undefined` where the order does not allow it: its status,
 * and for `fulfil` its mail, which must be sent or undeliverable, since a fulfilled order is never mailed
 * again and each confirmed one is.
 */
export const applyCommand = (
  record: OrderRecord,
  command: OrderCommand,
  at: Date,
  reason?: string
): OrderRecord | undefined => {
  const { order } = record
  if (!isAllowed(order.status, command)) return undefined
  if (command === "fulfil" && !isSettled(order.status, order.confirmation.state)) return undefined
  const { to } = transitions[command]
  const entry = reason === undefined ? { status: to, at } : { status: to, at, reason }
  // No mail is due once the order is over, at once and whoever sends it: a sender that has died would
  // never say so. One that lives keeps its claim, and records what came of a mail that was on its way.
  const { state } = order.confirmation
  const dropped = (state === "waiting" || state === "sending") && isSettled(to, state)
  const next = advance(record, at, {
    status: to,
    timeline: [...order.timeline, entry],
    ...(dropped ? { confirmation: { state: "not_due", at } } : {})
  })
  return { ...next, needsAttention: null }
}

/** Has the mail of a confirmed order wait again, due now, or `undefined` where it is not out yet. */
export const applyMailRequest = (record: OrderRecord, at: Date): OrderRecord | undefined => {
  const { status, confirmation } = record.order
  if (status !== "confirmed" || !isSettled(status, confirmation.state)) return undefined
  const next = advance(record, at, { confirmation: { state: "waiting" } })
  return { ...next, work: { dueAt: at, resends: 0 }, claim: null }
}

/** Extends a lease, or `undefined` where the claim does not hold the order any more. */
export const applyRenewal = (
  record: OrderRecord,
  { claimId, at, leaseUntil }: Omit<RenewRequest, "orderIds">
): OrderRecord | undefined => {
  const { claim } = record
  if (claim?.id !== claimId || claim.leaseUntil <= at) return undefined
  return leaseUntil > claim.leaseUntil ? { ...record, claim: { id: claimId, leaseUntil } } : record
}

/** Flags an unsettled order that is not flagged yet; `undefined` for every other one. */
export const applyAttention = (
  record: OrderRecord,
  needsAttention: Attention
): OrderRecord | undefined =>
  record.work === null || record.needsAttention !== null ? undefined : { ...record, needsAttention }

export type ClaimDecision =
  | { readonly outcome: Exclude<ClaimOutcome, { readonly _tag: "Missing" }>; readonly next?: never }
  | {
      readonly outcome: { readonly _tag: "Claimed"; readonly order: Order }
      readonly next: OrderRecord
    }

/** Confirms a pending order and claims its mail; `next` is what to write, where there is something. */
export const decideClaim = (
  record: OrderRecord,
  { claimId, at, leaseUntil }: Omit<ClaimRequest, "orderIds">
): ClaimDecision => {
  const { order, claim } = record
  // Read back after the write, or asked again after a lost answer: the claim was won, whatever has
  // become of the order since.
  if (claim?.id === claimId) return { outcome: { _tag: "Claimed", order } }
  if (isSettled(order.status, order.confirmation.state))
    return { outcome: { _tag: "Settled", order } }
  if (claim !== null && claim.leaseUntil > at)
    return { outcome: { _tag: "Held", until: claim.leaseUntil } }
  const timeline = isAllowed(order.status, "confirm")
    ? [...order.timeline, { status: transitions.confirm.to, at }]
    : order.timeline
  const next = {
    ...advance(record, at, {
      status: transitions.confirm.to,
      timeline,
      confirmation: { state: "sending", at }
    }),
    claim: { id: claimId, leaseUntil }
  }
  return { outcome: { _tag: "Claimed", order: next.order }, next }
}

/** Whether the mail is this claim's and not on record yet, also where a cancel came in between. */
const isSentBy = ({ order, claim }: OrderRecord, claimId: string): boolean =>
  claim?.id === claimId &&
  (order.confirmation.state === "sending" || order.confirmation.state === "not_due")

/** Records what came of a mail, or `undefined` where that changes nothing. */
export const applyMailOutcome = (
  record: OrderRecord,
  { claimId, at, outcome }: Omit<MailRecord, "orderId">
): OrderRecord | undefined => {
  const { state } = record.order.confirmation
  switch (outcome._tag) {
    case "Sent":
      return state === "sent"
        ? undefined
        : { ...advance(record, at, { confirmation: { state: "sent", at } }), claim: null }
    case "Undeliverable":
      return isSentBy(record, claimId)
        ? { ...advance(record, at, { confirmation: { state: "undeliverable", at } }), claim: null }
        : undefined
    case "Released": {
      // Of an order that is over nothing is tried again.
      if (!isSentBy(record, claimId) || record.work === null) return undefined
      return {
        ...advance(record, at, { confirmation: { state: "waiting" } }),
        claim: null,
        work: { ...record.work, dueAt: outcome.dueAt }
      }
    }
  }
}
