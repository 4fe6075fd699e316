// Every change of a stored order as a pure function from record to record. Stores read, apply one of
// these, and write under a guard on `version`; what an order may become is decided here alone.
import type { Order, OrderRecord } from "./Order.ts"
import { isAllowed, isSettled, type OrderCommand, transitions } from "./OrderStatus.ts"
import type { ClaimOutcome, ClaimRequest, MailRecord } from "./OrderStore.ts"

/** The next visible state: version and time move, and `work` goes once the order is settled. */
const advance = (
  record: OrderRecord,
  at: Date,
  changes: Partial<Pick<Order, "status" | "timeline" | "confirmation">>
): OrderRecord => {
  const order = { ...record.order, ...changes, updatedAt: at, version: record.order.version + 1 }
  const settled = isSettled(order.status, order.confirmation.state)
  return { ...record, order, work: settled ? null : record.work }
}

/** Applies a command of the state machine, or `undefined` where the status does not allow it. */
export const applyCommand = (
  record: OrderRecord,
  command: OrderCommand,
  at: Date,
  reason?: string
): OrderRecord | undefined => {
  const { order } = record
  if (!isAllowed(order.status, command)) return undefined
  const { to } = transitions[command]
  const entry = reason === undefined ? { status: to, at } : { status: to, at, reason }
  // A mail that nobody has claimed is never sent once the order is settled; one that is being sent
  // stays "sending" until its sender records what came of it.
  const dropped = order.confirmation.state === "waiting" && isSettled(to, "waiting")
  return advance(record, at, {
    status: to,
    timeline: [...order.timeline, entry],
    ...(dropped ? { confirmation: { state: "not_due", at } } : {})
  })
}

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
  // Read back after the write: the claim was won, whatever has become of the order since.
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

/** Records what came of a mail, or `undefined` where that changes nothing. */
export const applyMailOutcome = (
  record: OrderRecord,
  { claimId, at, outcome }: Omit<MailRecord, "orderId">
): OrderRecord | undefined => {
  const { order, claim } = record
  switch (outcome._tag) {
    case "Sent":
      return order.confirmation.state === "sent"
        ? undefined
        : { ...advance(record, at, { confirmation: { state: "sent", at } }), claim: null }
    case "Undeliverable":
      return order.confirmation.state === "sending" && claim?.id === claimId
        ? { ...advance(record, at, { confirmation: { state: "undeliverable", at } }), claim: null }
        : undefined
    case "Released": {
      if (order.confirmation.state !== "sending" || claim?.id !== claimId) return undefined
      const dropped = isSettled(order.status, "waiting")
      const released = advance(record, at, {
        confirmation: dropped ? { state: "not_due", at } : { state: "waiting" }
      })
      return {
        ...released,
        claim: null,
        work: released.work === null ? null : { ...released.work, dueAt: outcome.dueAt }
      }
    }
  }
}
