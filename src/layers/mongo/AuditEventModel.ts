// How audit events are stored: written once, in a capped collection, which removes its oldest documents when it is
// full.
import { Schema as EffectSchema, Option } from "effect"
import { Schema } from "mongoose"
import {
  Actor,
  AuditEvent,
  auditKinds,
  Details,
  outcomes,
  Subject,
  usersOf
} from "../../services/audit/AuditEvent.ts"
import { checked, decoder, modelOf } from "./document.ts"

export interface AuditEventDocument extends Omit<typeof AuditEvent.Encoded, "id"> {
  _id: string
  /** What a filter by user looks at. */
  users: ReadonlyArray<string>
}

/**
 * A hundred days of 5000 events a day, and 1 KiB for each, twice what they have on average: so it is
 * the number that decides. Index entries come on top: one for its kind, and two for each of its users.
 */
export const auditCap = { max: 500_000, size: 512 * 1024 * 1024 }

const isEncoded = <S extends EffectSchema.Codec<unknown, unknown>>(part: S) =>
  EffectSchema.is(EffectSchema.toEncoded(part))

const schema = new Schema<AuditEventDocument>(
  {
    _id: { type: String, required: true },
    at: { type: Date, required: true },
    kind: { type: String, enum: auditKinds, required: true },
    outcome: { type: String, enum: outcomes, required: true },
    // Unions and optional members: the domain says what fits.
    actor: { type: Schema.Types.Mixed, validate: isEncoded(Actor) },
    subject: { type: Schema.Types.Mixed, required: true, validate: isEncoded(Subject) },
    details: { type: Schema.Types.Mixed, required: true, validate: isEncoded(Details) },
    client: String,
    requestId: String,
    users: { type: [String], required: true }
  },
  {
    collection: "audit_events",
    capped: auditCap,
    versionKey: false
  }
)
// The ids sort by time, so each filter comes with its order.
schema.index({ users: 1, _id: -1 })
schema.index({ kind: 1, _id: -1 })
// A few of a kind among many of a user, such as failed logins at an account under attack: neither of the
// others finds them without reading all of the user's or all of the kind.
schema.index({ users: 1, kind: 1, _id: -1 })
// Few events are about an order.
schema.index(
  { "subject.orderId": 1, _id: -1 },
  { partialFilterExpression: { "subject.orderId": { $exists: true } } }
)

export const auditEventModel = modelOf<AuditEventDocument>("AuditEvent", schema)

const toStoredActor = (actor: Actor): typeof Actor.Encoded =>
  actor.type === "user" ? { ...actor, role: Option.getOrNull(actor.role) } : actor

export const toAuditEventDocument = (event: AuditEvent): AuditEventDocument => {
  const { id, ...rest } = event
  return checked(schema, {
    _id: id,
    ...rest,
    actor: Option.getOrNull(Option.map(event.actor, toStoredActor)),
    client: Option.getOrNull(event.client),
    requestId: Option.getOrNull(event.requestId),
    users: usersOf(event)
  })
}

export const toAuditEvent = decoder(
  AuditEvent,
  ({ _id, users: _, ...rest }: AuditEventDocument) => ({ ...rest, id: _id })
)
