// Port: orders and the stock they hold. All order state changes go through here.
import { Context, Data, type Effect, type Option } from "effect"
import type { OrderId, OrderNumber, UserId } from "../../ids.ts"
import type { OrderDraft, Placement } from "../model/allocate.ts"
import type { ClaimedMail, ClaimRequest, MailRecord } from "../model/mailClaims.ts"
import type { Attention, Order } from "../model/Order.ts"
import type { ChangeCommand, OrderStatus, UnsettledStatus } from "../model/OrderStatus.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class OrderStoreError extends Data.TaggedError("OrderStoreError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

export interface OrderQuery {
  readonly userId: UserId
  readonly status: Option.Option<OrderStatus>
  /** The id of the last order of the previous page (ids sort by creation). */
  readonly before: Option.Option<OrderId>
  readonly limit: number
}

/** A draft that can't be stored for an unforeseen reason: a bug, so its placer dies of `defect`. */
export interface Unplaceable {
  readonly _tag: "Unplaceable"
  readonly defect: unknown
}

/** The result of a requested change. `moved`: this call did it; otherwise the order did not allow it. */
export interface ChangeOutcome {
  readonly order: Order
  /** As the change found it. */
  readonly before: Order
  readonly moved: boolean
}

/** An order that needs attention. */
export interface Flagged extends Attention {
  readonly orderId: OrderId
}

/** An order that cannot be read, and why. */
export interface Unreadable {
  readonly orderId: OrderId
  readonly defect: unknown
}

export interface Confirmed {
  /** The number of orders that this call confirmed. */
  readonly count: number
  /** Those that exist and can be read, as they are now. */
  readonly orders: ReadonlyArray<Order>
  readonly unreadable: ReadonlyArray<Unreadable>
}

export interface ClaimedMails {
  readonly mails: ReadonlyArray<ClaimedMail>
  readonly unreadable: ReadonlyArray<Unreadable>
}

/** Its mail can be claimed from `dueAt` on. */
export interface DueMail {
  readonly orderId: OrderId
  readonly dueAt: Date
}

export interface MailBacklog {
  readonly count: number
  readonly oldest: Option.Option<Date>
}

export interface OrderBacklog {
  readonly count: number
  /** When the oldest was placed, of the 1000 that are due first. */
  readonly oldest: Option.Option<Date>
}

export class OrderStore extends Context.Service<
  OrderStore,
  {
    /**
     * Places a batch. Each order is stored with its stock taken, or refused with nothing changed; the
     * whole batch is one transaction, allocated in the given order, durable when this succeeds. A
     * known (user, idempotency key) replays its order, also within the batch. Results are in the order
     * of the drafts. An order's `id` makes retries of the same batch safe. One that can't be stored
     * does not keep the others from it: then the batch becomes several transactions. One whose number is taken
     * does not either: its placer draws another id.
     */
    readonly place: (
      drafts: ReadonlyArray<OrderDraft>
    ) => Effect.Effect<ReadonlyArray<Placement | Unplaceable>, OrderStoreError>
    /** The latest state that a majority has: never one that a fail-over could take back. */
    readonly find: (id: OrderId) => Effect.Effect<Option.Option<Order>, OrderStoreError>
    /** As `find`, by the order's number. */
    readonly findByNumber: (
      number: OrderNumber
    ) => Effect.Effect<Option.Option<Order>, OrderStoreError>
    /** A user's orders, newest first: at most `limit`, those before `before`. */
    readonly list: (query: OrderQuery) => Effect.Effect<ReadonlyArray<Order>, OrderStoreError>
    /**
     * Cancels, fulfils or fails an order, once for any number of concurrent callers (see `applyCommand` for what is
     * allowed). An order that stops reserving gives its stock back in the same transaction. The same write makes the
     * mail about the change due; a confirmation that was not sent becomes `not_due`, unless it is recorded as sent
     * later. None: no such order.
     */
    readonly change: (
      id: OrderId,
      command: ChangeCommand,
      at: Date,
      reason?: string
    ) => Effect.Effect<Option.Option<ChangeOutcome>, OrderStoreError>
    /**
     * Has the mail about an order's status sent once more, or now where it waits (see `applyMailRequest`). None: no
     * such order.
     */
    readonly requestMail: (
      id: OrderId,
      at: Date
    ) => Effect.Effect<Option.Option<ChangeOutcome>, OrderStoreError>
    /**
     * Confirms those of the orders that are pending and makes their mails due, each in one write. After it succeeds,
     * none of `orders` is pending, on a majority. The same call again changes nothing.
     */
    readonly confirm: (
      ids: ReadonlyArray<OrderId>,
      at: Date
    ) => Effect.Effect<Confirmed, OrderStoreError>
    /**
     * Takes up to `limit` pending orders that are overdue, longest overdue first, and moves each `dueAt` on by a
     * growing interval (see `afterTaking`), so that of any number of watchdogs one gets an order. Returns
     * ids: an order that cannot be read must not keep the others from being taken.
     */
    readonly takeOverdue: (
      at: Date,
      limit: number
    ) => Effect.Effect<ReadonlyArray<OrderId>, OrderStoreError>
    /** The orders whose mail is due, longest due first, at most `limit`. Reads nothing that could be damaged. */
    readonly findDueMails: (
      at: Date,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DueMail>, OrderStoreError>
    /** How many mails are due, counted up to `limit`, and since when the first one is. */
    readonly countDueMails: (at: Date, limit: number) => Effect.Effect<MailBacklog, OrderStoreError>
    /**
     * How many orders of a status have something left to do, counted up to `limit`, and when the oldest of them was
     * placed. Reads nothing that could be damaged.
     */
    readonly countUnsettled: (
      status: UnsettledStatus,
      limit: number
    ) => Effect.Effect<OrderBacklog, OrderStoreError>
    /**
     * Claims the mails of orders, in one write: of any number of callers one gets a mail until its lease has ended
     * (see `applyMailClaim`). The mail is about the order's status in the answer, also where the order went on since it
     * was found. The others are left out. An order that cannot be read is not claimed: its failure is counted as a `Failed` outcome is, and it is due again later.
     */
    readonly claimMails: (request: ClaimRequest) => Effect.Effect<ClaimedMails, OrderStoreError>
    /**
     * Records what came of claimed mails, each atomic. `Sent` is recorded even if another worker holds the claim
     * now (the mail was sent, so it must be known), the others only for the claim's holder: the last claimer,
     * even past its lease. The record of an earlier request changes nothing, with one exception: if the order's status
     * has changed, it records that the confirmation was sent or refused. Returns the orders that changed.
     */
    readonly recordMails: (
      records: ReadonlyArray<MailRecord>
    ) => Effect.Effect<ReadonlyArray<Order>, OrderStoreError>
    /**
     * Flags orders with work for an operator and changes nothing else; a flag that is set stays as it
     * is. It goes when nothing is left to do for the order or a person changes it. Works on unreadable orders too.
     */
    readonly flagAttention: (
      ids: ReadonlyArray<OrderId>,
      reason: string,
      at: Date
    ) => Effect.Effect<void, OrderStoreError>
    /** The flagged orders, longest flagged first. */
    readonly listAttention: (
      limit: number
    ) => Effect.Effect<ReadonlyArray<Flagged>, OrderStoreError>
  }
>()("services/orders/OrderStore") {}
