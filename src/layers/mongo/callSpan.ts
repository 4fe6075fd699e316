// The span of a call to MongoDB, by OpenTelemetry's semantic conventions for it.
import type { Connection } from "mongoose"
import type { SpanDescription } from "../../services/spans.ts"

export interface Call {
  readonly collection: string
  /** The driver's name for it, such as `findOne`. */
  readonly command: string
  /** How many operations it makes of as many requests. */
  readonly batch?: number
}

/** On a connection that was open once: it knows the database's name. */
export const callSpan = (
  connection: Connection,
  { collection, command, batch = 1 }: Call
): SpanDescription => ({
  name: `${command} ${collection}`,
  kind: "client",
  attributes: {
    "db.system.name": "mongodb",
    "db.namespace": connection.name,
    "db.collection.name": collection,
    "db.operation.name": command,
    // By the conventions one operation is no batch.
    ...(batch > 1 ? { "db.operation.batch.size": batch } : {})
  }
})
