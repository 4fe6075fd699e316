// Every change of a stored order as a pure function from record to record. Stores read, apply one of
// these, and write under a guard on `version`; what an order may become is decided here alone.

import { Option } from "effect"
import type { ClaimOutcome, ClaimRequest, MailRecord, RenewRequest } from "./mailClaims.ts"
import type { Attention, ClaimId, Order, OrderRecord } from "./Order.ts"
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
  // No mail is due once the order is over, at once and whoever sends it: a sender that has died would
  // never say so. One that lives keeps its claim, and records what came of a mail that was on its way.
  const { state } = order.confirmation
  const dropped = (state === "waiting" || state === "sending") && isSettled(to, state)
  const next = advance(record, at, {
    status: to,
    timeline: [...order.timeline, entry],
    ...(dropped ? { confirmation: { state: "not_due", at } } : {})
  })
  return Option.some({ ...next, needsAttention: Option.none() })
}

/** Has the mail of a confirmed order wait again, due now; none where it is not out yet. */
export const applyMailRequest = (record: OrderRecord, at: Date): Option.Option<OrderRecord> => {
  const { status, confirmation } = record.order
  if (status !== "confirmed" || !isSettled(status, confirmation.state)) return Option.none()
  const next = advance(record, at, { confirmation: { state: "waiting" } })
  return Option.some({
    ...next,
    work: Option.some({ dueAt: at, resends: 0 }),
    claim: Option.none()
  })
}

/** Extends a lease; none where the claim does not hold the order any more. */
export const applyRenewal = (
  record: OrderRecord,
  { claimId, at, leaseUntil }: Omit<RenewRequest, "orderIds">
): Option.Option<OrderRecord> =>
  Option.map(
    Option.filter(record.claim, (claim) => claim.id === claimId && claim.leaseUntil > at),
    (claim) =>
      leaseUntil > claim.leaseUntil
        ? { ...record, claim: Option.some({ id: claimId, leaseUntil }) }
        : record
  )

/** Flags an unsettled order that is not flagged yet; none for every other one. */
export const applyAttention = (
  record: OrderRecord,
  needsAttention: Attention
): Option.Option<OrderRecord> =>
  Option.isNone(record.work) || Option.isSome(record.needsAttention)
    ? Option.none()
    : Option.some({ ...record, needsAttention: Option.some(needsAttention) })

export interface ClaimDecision {
  readonly outcome: Exclude<ClaimOutcome, { readonly _tag: "Missing" }>
  /** What to write. */
  readonly next: Option.Option<OrderRecord>
}

const nothingToWrite = (outcome: ClaimDecision["outcome"]): ClaimDecision => ({
  outcome,
  next: Option.none()
})

/** Confirms a pending order and claims its mail. */
export const decideClaim = (
  record: OrderRecord,
  { claimId, at, leaseUntil }: Omit<ClaimRequest, "orderIds">
): ClaimDecision => {
  const { order, claim } = record
  // Read back after the write, or asked again after a lost answer: the claim was won, whatever has
  // become of the order since.
  if (isClaimedBy(record, claimId)) return nothingToWrite({ _tag: "Claimed", order })
  if (isSettled(order.status, order.confirmation.state))
    return nothingToWrite({ _tag: "Settled", order })
  if (Option.isSome(claim) && claim.value.leaseUntil > at)
    return nothingToWrite({ _tag: "Held", until: claim.value.leaseUntil })
  const timeline = isAllowed(order.status, "confirm")
    ? [...order.timeline, { status: transitions.confirm.to, at }]
    : order.timeline
  const next = {
    ...advance(record, at, {
      status: transitions.confirm.to,
      timeline,
      confirmation: { state: "sending", at }
    }),
    claim: Option.some({ id: claimId, leaseUntil })
  }
  return { outcome: { _tag: "Claimed", order: next.order }, next: Option.some(next) }
}

const isClaimedBy = ({ claim }: OrderRecord, claimId: ClaimId): boolean =>
  Option.exists(claim, ({ id }) => id === claimId)

/** Whether the mail is this claim's and not on record yet, also where a cancel came in between. */
const isSentBy = (record: OrderRecord, claimId: ClaimId): boolean => {
  const { state } = record.order.confirmation
  return isClaimedBy(record, claimId) && (state === "sending" || state === "not_due")
}

/** Records what came of a mail; none where that changes nothing. */
export const applyMailOutcome = (
  record: OrderRecord,
  { claimId, at, outcome }: Omit<MailRecord, "orderId">
): Option.Option<OrderRecord> => {
  const { state } = record.order.confirmation
  switch (outcome._tag) {
    case "Sent":
      return state === "sent"
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
    case "Released": {
      // Of an order that is over nothing is tried again.
      if (!isSentBy(record, claimId) || Option.isNone(record.work)) return Option.none()
      return Option.some({
        ...advance(record, at, { confirmation: { state: "waiting" } }),
        claim: Option.none(),
        work: Option.some({ ...record.work.value, dueAt: outcome.dueAt })
      })
    }
  }
}
