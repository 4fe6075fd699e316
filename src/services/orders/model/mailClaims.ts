// Claims on confirmation mails: who may send one, and what came of it.
import type { OrderId } from "../../ids.ts"
import type { ClaimId, Order } from "./Order.ts"

/** A claim on the confirmation mails of a batch of orders. */
export interface ClaimRequest {
  readonly orderIds: ReadonlyArray<OrderId>
  /**
   * Unique per claim: what the write stamped with it, this caller won. The same call again, after a
   * lost answer, gets `Claimed` again.
   */
  readonly claimId: ClaimId
  readonly at: Date
  readonly leaseUntil: Date
}

export type ClaimOutcome =
  /**
   * Confirmed now or before; the caller, and nobody else until the lease ends, sends its mail. A
   * cancel that followed at once may show in the order: it came too late for the mail.
   */
  | { readonly _tag: "Claimed"; readonly order: Order }
  /** Nothing is left to do. */
  | { readonly _tag: "Settled"; readonly order: Order }
  /** Somebody else sends the mail, at most until `until`. */
  | { readonly _tag: "Held"; readonly until: Date }
  /** No such order. */
  | { readonly _tag: "Missing" }

/** What came of sending one claimed mail. */
export type MailOutcome =
  | { readonly _tag: "Sent" }
  /** Refused for good: the order stays confirmed and is settled. */
  | { readonly _tag: "Undeliverable"; readonly reason: string }
  /** Not sent, to be tried again; the watchdog looks after it from `dueAt` on. */
  | { readonly _tag: "Released"; readonly dueAt: Date }

export interface MailRecord {
  readonly orderId: OrderId
  readonly claimId: ClaimId
  readonly at: Date
  readonly outcome: MailOutcome
}

/** More time for the mails of a claim. */
export interface RenewRequest {
  readonly orderIds: ReadonlyArray<OrderId>
  readonly claimId: ClaimId
  readonly at: Date
  readonly leaseUntil: Date
}
