// How verifications are stored. The TTL index only removes old documents: every rule checks `expiresAt`.
import { Schema as EffectSchema, Option } from "effect"
import { Schema } from "mongoose"
import { Purpose, Verification } from "../../services/accounts/model/Verification.ts"
import { defaultLocale } from "../../services/locale.ts"
import { checked, decoder, modelOf } from "./document.ts"

type StoredPurpose = typeof Purpose.Encoded
/** What a purpose lacks that is older than the field. */
type Later = "locale" | "passwordVersion" | "phoneRemovals"
type Older<P> = P extends unknown ? Omit<P, Later> & Partial<Pick<P, Later & keyof P>> : never

export interface VerificationDocument {
  _id: string
  purpose: Older<StoredPurpose>
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

const toPurpose = (purpose: VerificationDocument["purpose"]) => {
  const { locale = defaultLocale } = purpose
  return purpose._tag === "Phone"
    ? {
        ...purpose,
        locale,
        passwordVersion: purpose.passwordVersion ?? noVersion,
        phoneRemovals: purpose.phoneRemovals ?? 0
      }
    : { ...purpose, locale }
}

export const toVerification = decoder(
  Verification,
  ({ _id, purpose, ...rest }: VerificationDocument) => ({
    ...rest,
    id: _id,
    purpose: toPurpose(purpose)
  })
)
