// How pending proofs are stored. The TTL index only tidies up: every rule looks at `expiresAt`.
import { type Connection, type Model, Schema } from "mongoose"
import type { Purpose } from "../../services/accounts/model/Verification.ts"

type PhonePurpose = Extract<Purpose, { readonly _tag: "Phone" }>

export interface VerificationDocument {
  _id: string
  purpose:
    | Exclude<Purpose, PhonePurpose>
    /** Without a version, where it is older than the field. */
    | (Omit<PhonePurpose, "passwordVersion"> & { passwordVersion?: number })
  codeDigest: string
  attempts: number
  expiresAt: Date
  resendAt: Date
  consumedAt: Date | null
}

const schema = new Schema<VerificationDocument>(
  {
    _id: { type: String, required: true },
    // A union: its shape is checked where it is decoded.
    purpose: { type: Schema.Types.Mixed, required: true },
    codeDigest: { type: String, required: true },
    attempts: { type: Number, required: true },
    expiresAt: { type: Date, required: true },
    resendAt: { type: Date, required: true },
    consumedAt: { type: Date, default: null }
  },
  { collection: "verifications", strict: "throw", strictQuery: "throw", versionKey: false }
)
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 3600 })

export const verificationModel = (connection: Connection): Model<VerificationDocument> =>
  connection.model<VerificationDocument>("Verification", schema)
