// How sessions are stored. One index finds a user's live sessions, newest first, without the ended ones, which stay
// until they would have expired. The TTL index only removes old documents: every rule checks the dates.
import { Option } from "effect"
import { Schema } from "mongoose"
import { type RefreshGrant, Session } from "../../services/accounts/model/Session.ts"
import { checked, decoder, modelOf } from "./document.ts"

export interface SessionDocument {
  _id: string
  userId: string
  /** Absent, where a session is older than the field, it is 0. */
  passwordVersion?: number
  current: typeof RefreshGrant.Encoded
  previous: { jti: string; rotatedAt: Date } | null
  /** Absent, where a session is older than the field, there was none. */
  lateRepeat?: { gave: string; at: Date } | null
  createdAt: Date
  absoluteExpiresAt: Date
  endedAt: Date | null
}

const grant = new Schema<SessionDocument["current"]>(
  {
    jti: { type: String, required: true },
    iat: { type: Number, required: true },
    exp: { type: Number, required: true }
  },
  { _id: false }
)

const replaced = new Schema<NonNullable<SessionDocument["previous"]>>(
  { jti: { type: String, required: true }, rotatedAt: { type: Date, required: true } },
  { _id: false }
)

const repeated = new Schema<NonNullable<SessionDocument["lateRepeat"]>>(
  { gave: { type: String, required: true }, at: { type: Date, required: true } },
  { _id: false }
)

const schema = new Schema<SessionDocument>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    passwordVersion: { type: Number, required: true },
    current: { type: grant, required: true },
    previous: replaced,
    lateRepeat: repeated,
    createdAt: { type: Date, required: true },
    absoluteExpiresAt: { type: Date, required: true },
    endedAt: Date
  },
  { collection: "sessions", versionKey: false }
)
schema.index({ userId: 1, endedAt: 1, createdAt: -1 })
schema.index({ absoluteExpiresAt: 1 }, { expireAfterSeconds: 0 })

export const sessionModel = modelOf<SessionDocument>("Session", schema)

export const toSessionDocument = ({ id, ...session }: Session): SessionDocument =>
  checked(schema, {
    _id: id,
    ...session,
    previous: Option.getOrNull(session.previous),
    lateRepeat: Option.getOrNull(session.lateRepeat),
    endedAt: Option.getOrNull(session.endedAt)
  })

export const toSession = decoder(
  Session,
  ({ _id, passwordVersion = 0, lateRepeat = null, ...rest }: SessionDocument) => ({
    ...rest,
    id: _id,
    passwordVersion,
    lateRepeat
  })
)
