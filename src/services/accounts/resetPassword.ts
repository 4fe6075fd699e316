// Use case: set a new password with the code that forgotPassword sent, once. Every session ends, and no device stays
// known except the caller's, which can log in next even if strangers have used up the limits. Until the code expires, a
// repeat of the same request is answered as the first and changes nothing; one with another password is refused.
import { Effect, Option, type Redacted } from "effect"
import { audited } from "../audit/audit.ts"
import type { UserId, VerificationId } from "../ids.ts"
import { passwordChangedMail } from "../mails/passwordChangedMail.ts"
import { now } from "../time.ts"
import { VerificationExpired } from "./model/errors.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { SessionStore } from "./ports/SessionStore.ts"
import { VerificationStore } from "./ports/VerificationStore.ts"
import { issueDeviceToken } from "./steps/deviceTokens.ts"
import { clearFailures } from "./steps/limitLogins.ts"
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
  const { id, purpose, consumedAt } = yield* tryCode(input, at)
  if (purpose._tag !== "Reset" || Option.isNone(purpose.account))
    return yield* refuseCode({ id, purpose })
  const { userId, passwordVersion, to } = purpose.account.value
  const deviceToken = issueDeviceToken({ userId, passwordVersion: passwordVersion + 1 }, at)
  if (Option.isSome(consumedAt)) {
    yield* insistOnDone(userId, passwordVersion, input.password)
    return yield* deviceToken
  }
  if (purpose.channel === "sms" && !(yield* isPhoneOf(userId, to)))
    return yield* new VerificationExpired()
  yield* setPassword(id, userId, passwordVersion, input.password)
  yield* clearFailures(purpose.email)
  // From here on no earlier session gives a token (see refresh); this only ends them in the store. As in
  // verifyOtp the code is used up last: after a failure in between, the same request completes the rest.
  const sessions = yield* SessionStore
  yield* sessions.endOutdated(userId, passwordVersion + 1, at)
  // `false`: another request for the same password came first, which makes both of them right.
  yield* verifications.consume(id, at)
  return yield* deviceToken
})

/** A phone that was removed or replaced after the code was sent no longer identifies the owner. */
const isPhoneOf = Effect.fnUntraced(function* (userId: UserId, phone: string) {
  const account = yield* AccountStore.use((store) => store.findById(userId))
  return Option.exists(account, ({ user }) => Option.contains(user.phone, phone))
})

/** Of several verifications for one password one sets it, which ends the others. */
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
  yield* insistOnDone(userId, version, password)
})

/** Refuses unless the password that replaced the one of `version` is this one. */
const insistOnDone = Effect.fnUntraced(function* (
  userId: UserId,
  version: number,
  password: Redacted.Redacted
) {
  const account = yield* AccountStore.use((store) => store.findById(userId))
  const isDone =
    Option.isSome(account) &&
    account.value.passwordVersion === version + 1 &&
    (yield* verifyPassword(account.value.passwordHash, password)) !== "wrong"
  if (!isDone) return yield* new VerificationExpired()
})
