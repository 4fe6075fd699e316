// Audit events in a capped collection of MongoDB, listed by index.
import { Effect, Layer, Option } from "effect"
import { AuditLog, AuditLogError, type AuditQuery } from "../../services/audit/AuditLog.ts"
import { auditEventModel, toAuditEvent, toAuditEventDocument } from "./AuditEventModel.ts"
import { isDuplicateKey } from "./duplicateKey.ts"
import { MongoConnection, runFor } from "./MongoConnection.ts"

/** What a query looks for: each has an index that gives it in order. */
const filterOf = ({ kind, userId, before }: Omit<AuditQuery, "limit">) => ({
  ...(Option.isSome(kind) ? { kind: kind.value } : {}),
  ...(Option.isSome(userId) ? { users: userId.value } : {}),
  ...(Option.isSome(before) ? { _id: { $lt: before.value } } : {})
})

export const layer: Layer.Layer<AuditLog, never, MongoConnection> = Layer.effect(
  AuditLog,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const events = auditEventModel(connection.mongoose).collection
    const run = runFor(connection, events.collectionName, AuditLogError)

    return AuditLog.of({
      append: (event) =>
        run("append", "insertOne", async () => {
          try {
            await events.insertOne(toAuditEventDocument(event))
          } catch (error) {
            // It was stored, and its answer was lost.
            if (!isDuplicateKey(error)) throw error
          }
        }),

      list: (query) =>
        run("list", "find", () =>
          events.find(filterOf(query)).sort({ _id: -1 }).limit(query.limit).toArray()
        ).pipe(Effect.map((documents) => documents.map(toAuditEvent))),

      ofOrder: (orderId, limit) =>
        run("ofOrder", "find", () =>
          events.find({ "subject.orderId": orderId }).sort({ _id: -1 }).limit(limit).toArray()
        ).pipe(Effect.map((documents) => documents.map(toAuditEvent)))
    })
  })
)
