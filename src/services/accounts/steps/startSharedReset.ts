// Starts a reset for an address that has used up its codes of the hour. Strangers may have requested all of them, and
// the owner must still be able to reset the password, but a mail for each request would be a flood. So all requests of
// five minutes share one long code, which is mailed once. Each request has a verification and five attempts of its own.
import { Effect, Option } from "effect"
import { RateLimiter } from "../../runtime/RateLimiter.ts"
import { addSeconds, now } from "../../time.ts"
import type { Account } from "../model/Account.ts"
import { codeLifetimeSeconds, type Purpose, sharedCodeSeconds } from "../model/Verification.ts"
import { OneTimeCode } from "../ports/OneTimeCode.ts"
import { PasswordHasher } from "../ports/PasswordHasher.ts"
import { sendCode } from "./sendCode.ts"
import { openVerification, pending } from "./startVerification.ts"

/**
 * The code is stored nowhere. It is derived from a key and from the password's hash: a leaked key or a leaked database
 * alone does not give it, and a new password ends it. The decoy has the length of a hash, so that an address without an
 * account takes the same work.
 */
export const startSharedReset = Effect.fn("startSharedReset")(function* (
  purpose: Extract<Purpose, { readonly _tag: "Reset" }>,
  account: Option.Option<Account>
) {
  const at = yield* now
  const period = Math.floor(at.getTime() / 1000 / sharedCodeSeconds)
  const { decoy } = yield* PasswordHasher
  const hash = Option.match(account, {
    onNone: () => decoy,
    onSome: ({ passwordHash }) => passwordHash
  })
  const code = yield* OneTimeCode.use((codes) => codes.derive([purpose.email, hash, `${period}`]))
  // The same for all requests that share it: the code lives ten minutes at most, a request five to ten.
  const startsAt = new Date(period * sharedCodeSeconds * 1000)
  const expiresAt = addSeconds(startsAt, codeLifetimeSeconds)
  const verification = yield* openVerification(purpose, code, { at, expiresAt })
  const { take } = yield* RateLimiter
  // By address, not by mailbox: two accounts of one mailbox have two codes.
  const isFirst = yield* Effect.isSuccess(take("sharedResetMail", `${purpose.email} ${period}`))
  const sharedUntil = addSeconds(startsAt, sharedCodeSeconds)
  if (isFirst) yield* sendCode(verification, code, { at, sharedUntil })
  return pending(verification)
})
