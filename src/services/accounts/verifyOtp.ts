// Use case: prove an address with its code, once. The right code makes the account, or sets the phone.
import { Effect, Option } from "effect"
import { audited, type Entry } from "../audit/audit.ts"
import { maskAddress } from "../audit/mask.ts"
import type { VerificationId } from "../ids.ts"
import { now } from "../time.ts"
import type { User } from "./model/Account.ts"
import { VerificationExpired } from "./model/errors.ts"
import type { Purpose } from "./model/Verification.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { VerificationStore } from "./ports/VerificationStore.ts"
import { phoneChangedMail } from "./steps/mails.ts"
import { notifyOwner } from "./steps/notifyOwner.ts"
import { type CodeInput, refuseCode, tryCode } from "./steps/tryCode.ts"

export const verifyOtp = Effect.fn("verifyOtp")(function* (input: CodeInput) {
  const at = yield* now
  const { id, purpose } = yield* tryCode(input, at)
  if (purpose._tag === "Taken" || purpose._tag === "Reset") return yield* refuseCode(id)
  // Used up only after its work is done: when the store fails between the two, the code still works,
  // and the work, being the same again, is done once.
  const user = yield* fulfil(purpose, at)
  const consumed = yield* audited(
    VerificationStore.use((store) => store.consume(id, at)),
    (first) => (first ? Option.some(proven(id, purpose, user)) : Option.none())
  )
  if (!consumed) return yield* new VerificationExpired()
  if (purpose._tag === "Phone") yield* notifyOwner(user.id, phoneChangedMail)
  return user
})

/** What proves an address. */
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

const fulfil = Effect.fnUntraced(function* (purpose: Proof, at: Date) {
  const accounts = yield* AccountStore
  switch (purpose._tag) {
    case "Phone": {
      const { userId, passwordVersion, phone } = purpose
      const user = yield* accounts.setPhone(userId, passwordVersion, phone)
      return Option.isSome(user) ? user.value : yield* new VerificationExpired()
    }
    case "Register": {
      const { userId: id, email, name, passwordHash } = purpose
      const user: User = { id, email, name, phone: Option.none(), role: "user", createdAt: at }
      if (yield* accounts.create({ user, passwordHash, passwordVersion: 0 })) return user
      // Either this proof made it before, or another registration of the same address, which stands.
      const account = yield* accounts.findById(id)
      return Option.isSome(account) ? account.value.user : yield* new VerificationExpired()
    }
  }
})
