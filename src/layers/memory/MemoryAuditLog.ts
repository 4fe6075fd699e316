// Audit events in this process's memory: a fixed number of the newest ones.
import { Effect, Layer, Option } from "effect"
import { type AuditEvent, usersOf } from "../../services/audit/AuditEvent.ts"
import { AuditLog, type AuditQuery } from "../../services/audit/AuditLog.ts"
import type { OrderId } from "../../services/ids.ts"

export interface MemoryAuditLogOptions {
  /** How many events it holds. */
  readonly capacity?: number
}

/** Some 5 MB: enough for days of trying out. */
const defaultCapacity = 10_000

const make = (capacity: number): AuditLog["Service"] => {
  const byId = new Map<string, AuditEvent>()

  const append = (event: AuditEvent): void => {
    byId.set(event.id, event)
    if (byId.size <= capacity) return
    const [oldest] = byId.keys()
    if (oldest !== undefined) byId.delete(oldest)
  }

  const list = ({ kind, userId, before, limit }: AuditQuery): ReadonlyArray<AuditEvent> =>
    Array.from(byId.values())
      .filter(
        (event) =>
          Option.getOrElse(kind, () => event.kind) === event.kind &&
          (Option.isNone(userId) || usersOf(event).includes(userId.value)) &&
          (Option.isNone(before) || event.id < before.value)
      )
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)

  const ofOrder = (orderId: OrderId, limit: number): ReadonlyArray<AuditEvent> =>
    Array.from(byId.values())
      .filter(({ subject }) => subject.orderId === orderId)
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)

  return {
    append: (event) => Effect.sync(() => append(event)),
    list: (query) => Effect.sync(() => list(query)),
    ofOrder: (orderId, limit) => Effect.sync(() => ofOrder(orderId, limit))
  }
}

export const layer = (options: MemoryAuditLogOptions = {}): Layer.Layer<AuditLog> =>
  Layer.sync(AuditLog, () => make(options.capacity ?? defaultCapacity))
