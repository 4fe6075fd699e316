// Use case: register. The account is created when the address is verified. A taken address takes the same path and
// time, and its owner gets a mail that says so.
import { Effect, Option, type Redacted } from "effect"
import { audit } from "../audit/audit.ts"
import { maskAddress } from "../audit/mask.ts"
import { UserId } from "../ids.ts"
import type { Locale } from "../locale.ts"
import { mailboxOf } from "../messaging/mailboxOf.ts"
import { IdGenerator } from "../runtime/IdGenerator.ts"
import { RateLimiter } from "../runtime/RateLimiter.ts"
import { normalizeEmail } from "./model/Account.ts"
import type { Purpose } from "./model/Verification.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { limitClient } from "./steps/limitClient.ts"
import { limitCode } from "./steps/limitCodes.ts"
import { hashPassword } from "./steps/passwordHashes.ts"
import { checkPassword } from "./steps/passwordPolicy.ts"
import { startVerification } from "./steps/startVerification.ts"

export const register = Effect.fn("register")(function* (input: {
  readonly email: string
  readonly password: Redacted.Redacted
  readonly name: Option.Option<string>
  readonly locale: Locale
  /** The client's address, for limits. */
  readonly client: string
}) {
  const email = normalizeEmail(input.email)
  yield* checkPassword(input.password, email)
  yield* limitClient("registerClient", input.client)
  yield* RateLimiter.use((limiter) => limiter.take("registerAddress", mailboxOf(email)))
  // Hashed whether it is needed or not: the work would tell a taken address from a free one.
  const passwordHash = yield* hashPassword(input.password)
  const account = yield* AccountStore.use((store) => store.findByEmail(email))
  const userId = UserId.make(yield* IdGenerator.use((ids) => ids.next))
  const purpose: Purpose = Option.isSome(account)
    ? { _tag: "Taken", email, locale: account.value.user.locale }
    : { _tag: "Register", userId, email, name: input.name, locale: input.locale, passwordHash }
  yield* limitCode(purpose, input.client)
  const pending = yield* startVerification(purpose, "short")
  const subject = { verificationId: pending.verificationId, address: maskAddress(email) }
  yield* audit(
    Option.isSome(account)
      ? { kind: "address_taken", subject: { ...subject, userId: account.value.user.id } }
      : { kind: "registration_requested", subject }
  )
  return pending
})
