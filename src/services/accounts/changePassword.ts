// Use case: set a new password with the current one. The other sessions end, and the caller's stays. Only the caller's
// device stays known, by the new token that it gets.
import { Effect, Option, type Redacted } from "effect"
import { audit, audited } from "../audit/audit.ts"
import { passwordChangedMail } from "../mails/passwordChangedMail.ts"
import type { Principal } from "../Principal.ts"
import { RateLimiter } from "../runtime/RateLimiter.ts"
import { now } from "../time.ts"
import type { Account } from "./model/Account.ts"
import { InvalidCredentials } from "./model/errors.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { SessionStore } from "./ports/SessionStore.ts"
import { InvalidToken } from "./ports/TokenSigner.ts"
import { auditRefusals } from "./steps/auditRefusals.ts"
import { issueDeviceToken } from "./steps/deviceTokens.ts"
import { clearFailures, limitPasswordChanges } from "./steps/limitLogins.ts"
import { notifyOwner } from "./steps/notifyOwner.ts"
import { hashPassword, verifyPassword } from "./steps/passwordHashes.ts"
import { checkPassword } from "./steps/passwordPolicy.ts"

export const changePassword = Effect.fn("changePassword")(function* (
  { userId, sessionId }: Principal,
  input: {
    readonly password: Redacted.Redacted
    readonly newPassword: Redacted.Redacted
  }
) {
  const accounts = yield* AccountStore
  const account = yield* accounts.findById(userId)
  if (Option.isNone(account)) return yield* new InvalidToken()
  const { user, passwordVersion } = account.value
  yield* checkPassword(input.newPassword, user.email)
  yield* limitPasswordChanges(sessionId, insistOn(account.value, input.password)).pipe(
    auditRefusals(sessionId, { userId, sessionId })
  )
  // Only now: who does not know the password uses up none of its owner's changes.
  yield* RateLimiter.use((limiter) => limiter.take("changePasswordUser", userId))
  const passwordHash = yield* hashPassword(input.newPassword)
  const changed = yield* audited(
    accounts.setPassword(userId, passwordVersion, passwordHash),
    (done) =>
      done ? Option.some({ kind: "password_changed", subject: { userId } }) : Option.none()
  )
  // Changed meanwhile: the given password is no longer the current one.
  if (!changed) return yield* new InvalidCredentials()
  yield* clearFailures(user.email)
  yield* notifyOwner(userId, passwordChangedMail)
  // From here on no earlier session gives a token (see refresh), so a failure below costs
  // the caller a login, and nothing more. The other way round, a session that was kept for a change
  // that did not come would outlive the next one.
  const sessions = yield* SessionStore
  yield* sessions.keep(sessionId, passwordVersion + 1)
  const at = yield* now
  yield* sessions.endOutdated(userId, passwordVersion + 1, at)
  return yield* issueDeviceToken({ userId, passwordVersion: passwordVersion + 1 }, at)
})

const insistOn = Effect.fnUntraced(function* (
  { user, passwordHash }: Account,
  password: Redacted.Redacted
) {
  if ((yield* verifyPassword(passwordHash, password)) !== "wrong") return
  yield* audit({ kind: "login_failed", subject: { userId: user.id } })
  return yield* new InvalidCredentials()
})
