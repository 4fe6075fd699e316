// Claims on the mails of orders: which worker may send one, and the outcome.
import type { OrderId } from "../../ids.ts"
import type { ClaimId, Order } from "./Order.ts"
import type { MailKind } from "./OrderStatus.ts"

/** A claim on the mails of some orders that are due. */
export interface ClaimRequest {
  readonly orderIds: ReadonlyArray<OrderId>
  /**
   * Unique per claim: an order that carries it was won by this caller. The same call again, after a lost
   * answer, returns the same mails.
   */
  readonly claimId: ClaimId
  readonly at: Date
  /** No other worker may claim the mail until `clockMarginSeconds` after it. */
  readonly leaseUntil: Date
}

/** A mail that its claimer may send. */
export interface ClaimedMail {
  readonly order: Order
  /** The subject of the mail: the order's status at the claim. */
  readonly kind: MailKind
  /** The number of the request for the mail, which its record has too. */
  readonly request: number
  /** W3C trace context of the request that placed the order, empty without one. */
  readonly traceparent: string
}

/** The outcome of sending one claimed mail. */
export type MailOutcome =
  | { readonly _tag: "Sent" }
  /** Refused permanently: the order keeps its status, and has no work left. */
  | { readonly _tag: "Undeliverable"; readonly reason: string }
  /** Not sent, without a fault of the mail: it is due now. */
  | { readonly _tag: "Released" }
  /** It may have been sent: it is due again later (see `afterUnknownSend`). */
  | { readonly _tag: "Unknown" }
  /** The attempt died of a defect: it counts (see `afterFailure`). */
  | { readonly _tag: "Failed"; readonly reason: string }

export interface MailRecord {
  readonly orderId: OrderId
  readonly claimId: ClaimId
  readonly kind: MailKind
  readonly request: number
  readonly at: Date
  readonly outcome: MailOutcome
}
