// How pending proofs are stored. The TTL index only tidies up: every rule looks at `expiresAt`.
import { Schema as EffectSchema, Option } from "effect"
import { Schema } from "mongoose"
import { Purpose, Verification } from "../../services/accounts/model/Verification.ts"
import { checked, decoder, modelOf } from "./document.ts"

type StoredPurpose = typeof Purpose.Encoded
type PhonePurpose = Extract<StoredPurpose, { readonly _tag: "Phone" }>
type PhoneCount = "passwordVersion" | "phoneRemovals"

export interface VerificationDocument {
  _id: string
  purpose:
    | Exclude<StoredPurpose, PhonePurpose>
    /** Without the two counts, where it is older than the fields. */
    | (Omit<PhonePurpose, PhoneCount> & Partial<Pick<PhonePurpose, PhoneCount>>)
  codeDigest: string
  attempts: number
  expiresAt: Date
  resendAt: Date
  consumedAt: Date | null
}

const schema = new Schema<VerificationDocument>(
  {
    _id: { type: String, required: true },
    // A union: the domain says what fits.
    purpose: {
      type: Schema.Types.Mixed,
      required: true,
      validate: EffectSchema.is(EffectSchema.toEncoded(Purpose))
    },
    codeDigest: { type: String, required: true },
    attempts: { type: Number, required: true },
    expiresAt: { type: Date, required: true },
    resendAt: { type: Date, required: true },
    consumedAt: Date
  },
  { collection: "verifications", versionKey: false }
)
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 3600 })

export const verificationModel = modelOf<VerificationDocument>("Verification", schema)

const toStoredPurpose = (purpose: Purpose): StoredPurpose => {
  switch (purpose._tag) {
    case "Register":
      return { ...purpose, name: Option.getOrNull(purpose.name) }
    case "Reset":
      return { ...purpose, account: Option.getOrNull(purpose.account) }
    default:
      return purpose
  }
}

export const toVerificationDocument = ({
  id,
  ...verification
}: Verification): VerificationDocument =>
  checked(schema, {
    _id: id,
    ...verification,
    purpose: toStoredPurpose(verification.purpose),
    consumedAt: Option.getOrNull(verification.consumedAt)
  })

/** No password has it: a phone's proof that names none proves nothing, and is over in ten minutes. */
const noVersion = -1

const toPurpose = (purpose: VerificationDocument["purpose"]) =>
  purpose._tag === "Phone"
    ? {
        ...purpose,
        passwordVersion: purpose.passwordVersion ?? noVersion,
        phoneRemovals: purpose.phoneRemovals ?? 0
      }
    : purpose

export const toVerification = decoder(
  Verification,
  ({ _id, purpose, ...rest }: VerificationDocument) => ({
    ...rest,
    id: _id,
    purpose: toPurpose(purpose)
  })
)
