// Use case: set a new password with the code that forgotPassword sent. Every session ends.
import { Effect, Option, type Redacted } from "effect"
import { audited } from "../audit/audit.ts"
import type { UserId, VerificationId } from "../ids.ts"
import { now } from "../time.ts"
import { VerificationExpired } from "./model/errors.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { SessionStore } from "./ports/SessionStore.ts"
import { VerificationStore } from "./ports/VerificationStore.ts"
import { clearFailures } from "./steps/limitLogins.ts"
import { passwordChangedMail } from "./steps/mails.ts"
import { notifyOwner } from "./steps/notifyOwner.ts"
import { hashPassword, verifyPassword } from "./steps/passwordHashes.ts"
import { checkPassword } from "./steps/passwordPolicy.ts"
import { type CodeInput, refuseCode, tryCode } from "./steps/tryCode.ts"

export const resetPassword = Effect.fn("resetPassword")(function* (
  input: CodeInput & { readonly password: Redacted.Redacted }
) {
  const verifications = yield* VerificationStore
  const found = yield* verifications.find(input.verificationId)
  // First of all: a password that is refused must not cost an attempt.
  yield* checkPassword(
    input.password,
    Option.isSome(found) && found.value.purpose._tag === "Reset" ? found.value.purpose.email : ""
  )
  const at = yield* now
  const { id, purpose } = yield* tryCode(input, at)
  if (purpose._tag !== "Reset" || Option.isNone(purpose.account)) return yield* refuseCode(id)
  const { userId, passwordVersion } = purpose.account.value
  yield* setPassword(id, userId, passwordVersion, input.password)
  yield* clearFailures(purpose.email)
  // From here on no session of before gives a token any more (see refresh); this only tidies up. As in
  // verifyOtp the code is used up last: after a failure in between, the same request completes the rest.
  const sessions = yield* SessionStore
  yield* sessions.endOutdated(userId, passwordVersion + 1, at)
  if (!(yield* verifications.consume(id, at))) return yield* new VerificationExpired()
})

/** Of several proofs for one password one sets it, and then the others are over. */
const setPassword = Effect.fnUntraced(function* (
  verificationId: VerificationId,
  userId: UserId,
  version: number,
  password: Redacted.Redacted
) {
  const accounts = yield* AccountStore
  const passwordHash = yield* hashPassword(password)
  const set = yield* audited(accounts.setPassword(userId, version, passwordHash), (changed) =>
    changed
      ? Option.some({ kind: "password_reset", subject: { verificationId, userId } })
      : Option.none()
  )
  if (set) {
    yield* notifyOwner(userId, passwordChangedMail)
    return
  }
  // Changed since the code was sent. If it is what this request asks for, an earlier try of it did that.
  const account = yield* accounts.findById(userId)
  const isDone =
    Option.isSome(account) &&
    account.value.passwordVersion === version + 1 &&
    (yield* verifyPassword(account.value.passwordHash, password)) !== "wrong"
  if (!isDone) return yield* new VerificationExpired()
})
