// How audit events are stored: written once into a collection that drops its oldest when it is full.
import { type Connection, type Model, type mongo, Schema } from "mongoose"
import { type AuditEvent, usersOf } from "../../services/audit/AuditEvent.ts"

export interface AuditEventDocument extends Omit<AuditEvent, "id"> {
  _id: string
  /** What a filter by user looks at. */
  users: ReadonlyArray<string>
}

/**
 * A hundred days of 5000 events a day, and 1 KiB for each, twice what they have on average: so it is
 * the number that decides. Index entries come on top: one for its kind, and two for each of its users.
 */
export const auditCap = { max: 500_000, size: 512 * 1024 * 1024 }

const schema = new Schema<AuditEventDocument>(
  {
    _id: { type: String, required: true },
    at: { type: Date, required: true },
    kind: { type: String, required: true },
    outcome: { type: String, required: true },
    // Unions and optional members: their shape is checked where they are decoded.
    actor: { type: Schema.Types.Mixed, default: null },
    subject: { type: Schema.Types.Mixed, required: true },
    details: { type: Schema.Types.Mixed, required: true },
    client: { type: String, default: null },
    requestId: { type: String, default: null },
    users: { type: [String], required: true }
  },
  {
    collection: "audit_events",
    capped: auditCap,
    strict: "throw",
    strictQuery: "throw",
    versionKey: false
  }
)
// The ids sort by time, so each filter comes with its order.
schema.index({ users: 1, _id: -1 })
schema.index({ kind: 1, _id: -1 })
// A few of a kind among many of a user, such as failed logins at an account under attack: neither of the
// others finds them without reading all of the user's or all of the kind.
schema.index({ users: 1, kind: 1, _id: -1 })

export const auditEventModel = (connection: Connection): Model<AuditEventDocument> =>
  connection.model<AuditEventDocument>("AuditEvent", schema)

/** The driver's collection: what is written once needs no hydration. */
export const auditEventCollection = (
  connection: Connection
): mongo.Collection<AuditEventDocument> =>
  connection.collection<AuditEventDocument>(auditEventModel(connection).collection.collectionName)

export const toAuditDocument = ({ id, ...event }: AuditEvent): AuditEventDocument => ({
  _id: id,
  ...event,
  users: usersOf({ id, ...event })
})
