// Use case: prove an address with its code, once. The right code makes the account, or sets the phone.
import { Effect, Option } from "effect"
import { audit, audited, type Entry } from "../audit/audit.ts"
import { maskAddress } from "../audit/mask.ts"
import { RateLimiter } from "../runtime/RateLimiter.ts"
import { now } from "../time.ts"
import type { User } from "./Account.ts"
import { AccountStore } from "./AccountStore.ts"
import { InvalidOtp, TooManyAttempts, VerificationExpired } from "./errors.ts"
import { OneTimeCode } from "./OneTimeCode.ts"
import { recipient } from "./startVerification.ts"
import type { Verification } from "./Verification.ts"
import { VerificationStore } from "./VerificationStore.ts"

export const verifyOtp = Effect.fn("verifyOtp")(function* (input: {
  readonly verificationId: string
  readonly otp: string
  /** The client's address, for limits. */
  readonly client: string
}) {
  yield* RateLimiter.use((limiter) => limiter.take("verifyClient", input.client))
  const store = yield* VerificationStore
  const at = yield* now
  const attempt = yield* store.attempt(input.verificationId, at)
  if (attempt._tag === "Gone") return yield* new VerificationExpired()
  const subject = { verificationId: input.verificationId }
  if (attempt._tag === "TooManyAttempts") {
    yield* audit({ kind: "code_exhausted", subject })
    return yield* new TooManyAttempts()
  }
  const { verification } = attempt
  const fits = yield* OneTimeCode.use((codes) =>
    codes.matches(verification.id, input.otp, verification.codeDigest)
  )
  if (!fits || verification.purpose._tag === "Taken") {
    yield* audit({ kind: "code_wrong", subject })
    return yield* new InvalidOtp()
  }
  // Used up only after its work is done: when the store fails between the two, the code still works,
  // and the work, being the same again, is done once.
  const user = yield* fulfil(verification, at)
  const consumed = yield* audited(store.consume(verification.id, at), (first) =>
    first ? proven(verification, user) : undefined
  )
  return consumed ? user : yield* new VerificationExpired()
})

const proven = ({ id: verificationId, purpose }: Verification, { id: userId }: User): Entry => ({
  kind: purpose._tag === "Phone" ? "phone_changed" : "address_proven",
  subject: { verificationId, userId, address: maskAddress(recipient(purpose)) }
})

const fulfil = Effect.fnUntraced(function* ({ id, purpose }: Verification, at: Date) {
  const accounts = yield* AccountStore
  switch (purpose._tag) {
    case "Taken":
      return yield* new InvalidOtp()
    case "Phone": {
      const user = yield* accounts.setPhone(purpose.userId, purpose.phone)
      return Option.isSome(user) ? user.value : yield* new VerificationExpired()
    }
    case "Register": {
      const { email, name, passwordHash } = purpose
      const user: User = { id, email, name, phone: null, role: "user", createdAt: at }
      if (yield* accounts.create({ user, passwordHash, passwordVersion: 0 })) return user
      // Either this proof made it before, or another registration of the same address, which stands.
      const account = yield* accounts.findById(id)
      return Option.isSome(account) ? account.value.user : yield* new VerificationExpired()
    }
  }
})
