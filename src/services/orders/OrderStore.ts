// Port: orders and the stock they hold. All order state changes go through here.
import { Context, Data, type Effect, type Option } from "effect"
import type { OrderDraft, Placement } from "./allocate.ts"
import type { Order } from "./Order.ts"
import type { OrderStatus } from "./OrderStatus.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class OrderStoreError extends Data.TaggedError("OrderStoreError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

export interface OrderQuery {
  readonly userId: string
  readonly status: Option.Option<OrderStatus>
  /** The id of the last order of the page before (ids sort by creation). */
  readonly before: Option.Option<string>
  readonly limit: number
}

/** A draft that can't be stored for a reason nobody foresaw: a bug, so its placer dies of `defect`. */
export interface Unplaceable {
  readonly _tag: "Unplaceable"
  readonly defect: unknown
}

/** A claim on the confirmation mails of a batch of orders. */
export interface ClaimRequest {
  readonly orderIds: ReadonlyArray<string>
  /** Unique per call: what the write stamped with it, this caller won. */
  readonly claimId: string
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
  readonly orderId: string
  readonly claimId: string
  readonly at: Date
  readonly outcome: MailOutcome
}

export class OrderStore extends Context.Service<
  OrderStore,
  {
    /**
     * Places a batch. Each order is stored with its stock taken, or refused with nothing changed; the
     * whole batch is one transaction, allocated in the given order, durable when this succeeds. A
     * known (user, idempotency key) replays its order, also within the batch. Results are in the order
     * of the drafts. An order's `id` makes retries of the same batch safe. One that can't be stored
     * does not keep the others from it: then the batch becomes several transactions.
     */
    readonly place: (
      drafts: ReadonlyArray<OrderDraft>
    ) => Effect.Effect<ReadonlyArray<Placement | Unplaceable>, OrderStoreError>
    /** The latest state that a majority has: never one that a fail-over could take back. */
    readonly find: (id: string) => Effect.Effect<Option.Option<Order>, OrderStoreError>
    /** A user's orders, newest first: at most `limit`, those before `before`. */
    readonly list: (query: OrderQuery) => Effect.Effect<ReadonlyArray<Order>, OrderStoreError>
    /**
     * Cancels and gives the stock back in one transaction, once, whoever else tries. `moved` says
     * whether this call did it; otherwise the order's status did not allow it. None: no such order.
     */
    readonly cancel: (
      id: string,
      at: Date
    ) => Effect.Effect<
      Option.Option<{ readonly order: Order; readonly moved: boolean }>,
      OrderStoreError
    >
    /**
     * Confirms pending orders and claims the mails of a batch. Per order atomic: of any number of
     * callers one gets `Claimed` until its lease has ended. By order id.
     */
    readonly claim: (
      request: ClaimRequest
    ) => Effect.Effect<ReadonlyMap<string, ClaimOutcome>, OrderStoreError>
    /**
     * Records what came of claimed mails, each atomic. `Sent` is recorded whoever holds the claim by
     * now (the mail is out, so it must be known), the others only for the claim's holder: whoever
     * claimed last, even past the lease. Returns the orders that changed.
     */
    readonly recordMails: (
      records: ReadonlyArray<MailRecord>
    ) => Effect.Effect<ReadonlyArray<Order>, OrderStoreError>
    /**
     * Takes up to `limit` orders whose work is overdue, longest overdue first, and moves each `dueAt` on
     * by a growing interval (see `afterResend`), so that of any number of watchdogs one gets it.
     */
    readonly takeOverdue: (
      at: Date,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Order>, OrderStoreError>
  }
>()("services/orders/OrderStore") {}
