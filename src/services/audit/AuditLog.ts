// Port: the audit events that administrators can read. It keeps the newest and removes the oldest: the log lines that
// `audit` writes are the complete record.
import { Context, Data, type Effect, type Option } from "effect"
import type { EventId, OrderId, UserId } from "../ids.ts"
import type { AuditEvent, AuditKind } from "./AuditEvent.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class AuditLogError extends Data.TaggedError("AuditLogError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

export interface AuditQuery {
  readonly kind: Option.Option<AuditKind>
  /** The actor or the subject. */
  readonly userId: Option.Option<UserId>
  /** Only events that are older than the one with this id. */
  readonly before: Option.Option<EventId>
  readonly limit: number
}

export class AuditLog extends Context.Service<
  AuditLog,
  {
    /** Appends an event. The same one again changes nothing: a lost answer may be followed by a retry. */
    readonly append: (event: AuditEvent) => Effect.Effect<void, AuditLogError>
    /** Newest first, by id. */
    readonly list: (query: AuditQuery) => Effect.Effect<ReadonlyArray<AuditEvent>, AuditLogError>
    /** Those of one order, newest first, at most `limit`. */
    readonly ofOrder: (
      orderId: OrderId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<AuditEvent>, AuditLogError>
  }
>()("services/audit/AuditLog") {}
