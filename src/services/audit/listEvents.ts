// Use case of administrators: read the audit events.
import { Effect } from "effect"
import { toPage } from "../page.ts"
import { AuditLog, type AuditQuery } from "./AuditLog.ts"

export const listEvents = Effect.fn("listEvents")(function* (query: AuditQuery) {
  const read = yield* AuditLog.use((log) => log.list({ ...query, limit: query.limit + 1 }))
  return toPage(read, query.limit, ({ id }) => id)
})
