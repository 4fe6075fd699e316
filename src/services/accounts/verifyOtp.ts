// Use case: verify an address with its code. The right code creates the account, or sets the phone, once. Until the
// code expires, a repeat gets the first answer and changes nothing, so a client whose response was lost, or a user who
// clicked twice, learns that the address is verified. Its attempts count.
import { Effect, Option } from "effect"
import { audited, type Entry } from "../audit/audit.ts"
import { maskAddress } from "../audit/mask.ts"
import type { VerificationId } from "../ids.ts"
import { phoneChangedMail } from "../mails/phoneChangedMail.ts"
import { now } from "../time.ts"
import type { User } from "./model/Account.ts"
import { VerificationExpired } from "./model/errors.ts"
import type { Purpose } from "./model/Verification.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { VerificationStore } from "./ports/VerificationStore.ts"
import { notifyOwner } from "./steps/notifyOwner.ts"
import { type CodeInput, refuseCode, tryCode } from "./steps/tryCode.ts"

export const verifyOtp = Effect.fn("verifyOtp")(function* (input: CodeInput) {
  const at = yield* now
  const { id, purpose, consumedAt } = yield* tryCode(input, at)
  if (purpose._tag === "Taken" || purpose._tag === "Reset")
    return yield* refuseCode({ id, purpose })
  if (Option.isSome(consumedAt)) return yield* provenBefore(purpose)
  // Used up only after its work is done: when the store fails between the two, the code still works,
  // and the work, being the same again, is done once.
  const user = yield* fulfil(id, purpose, at)
  const first = yield* audited(
    VerificationStore.use((store) => store.consume(id, at)),
    (consumed) => (consumed ? Option.some(proven(id, purpose, user)) : Option.none())
  )
  // Another request with the code was first: it recorded the verification and sent the mail to the owner.
  if (first && purpose._tag === "Phone") yield* notifyOwner(user.id, phoneChangedMail)
  return user
})

/** The input that verifies an address. */
type Proof = Extract<Purpose, { readonly _tag: "Register" | "Phone" }>

const proven = (verificationId: VerificationId, purpose: Proof, { id: userId }: User): Entry =>
  purpose._tag === "Phone"
    ? {
        kind: "phone_changed",
        subject: { verificationId, userId, address: maskAddress(purpose.phone) }
      }
    : {
        kind: "address_proven",
        subject: { verificationId, userId, address: maskAddress(purpose.email) }
      }

const registered = (
  { userId: id, email, name, locale }: Extract<Proof, { readonly _tag: "Register" }>,
  createdAt: Date
): User => ({ id, email, name, phone: Option.none(), role: "user", locale, createdAt })

const fulfil = Effect.fnUntraced(function* (
  verificationId: VerificationId,
  purpose: Proof,
  at: Date
) {
  const accounts = yield* AccountStore
  switch (purpose._tag) {
    case "Phone": {
      const { userId, passwordVersion, phone, phoneRemovals } = purpose
      const proof = { verificationId, phone, phoneRemovals }
      const user = yield* accounts.setPhone(userId, passwordVersion, proof)
      return Option.isSome(user) ? user.value : yield* provenBefore(purpose)
    }
    case "Register": {
      const user = registered(purpose, at)
      const { passwordHash } = purpose
      const created = yield* accounts.create({
        user,
        passwordHash,
        passwordVersion: 0,
        codeFailures: 0,
        phoneRemovals: 0,
        disabled: Option.none()
      })
      return created ? user : yield* provenBefore(purpose)
    }
  }
})

/**
 * The answer to a proof whose work is done: the user as the proof made them, without what they have added
 * since, or the user whose phone is still the one that was proven. Refuses where something else stands now:
 * another registration's account, another phone, a new password.
 */
const provenBefore = Effect.fnUntraced(function* (purpose: Proof) {
  const found = yield* AccountStore.use((store) => store.findById(purpose.userId))
  if (Option.isNone(found)) return yield* new VerificationExpired()
  const { user, passwordVersion } = found.value
  if (purpose._tag === "Register") return registered(purpose, user.createdAt)
  const stands =
    passwordVersion === purpose.passwordVersion && Option.contains(user.phone, purpose.phone)
  return stands ? user : yield* new VerificationExpired()
})
