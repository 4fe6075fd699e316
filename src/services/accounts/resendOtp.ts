// Use case: a new code for a pending verification, at most one a minute; earlier attempts stay counted.
import { Effect, Option } from "effect"
import type { VerificationId } from "../ids.ts"
import { addSeconds, now } from "../time.ts"
import { ResendTooSoon, TooManyAttempts, VerificationExpired } from "./model/errors.ts"
import { codeLifetimeSeconds, resendCooldownSeconds } from "./model/Verification.ts"
import { OneTimeCode } from "./ports/OneTimeCode.ts"
import { VerificationStore } from "./ports/VerificationStore.ts"
import { nextCodeForm } from "./steps/codeFailures.ts"
import { limitCode } from "./steps/limitCodes.ts"
import { sendCode } from "./steps/sendCode.ts"
import { pending } from "./steps/startVerification.ts"

export const resendOtp = Effect.fn("resendOtp")(function* ({
  verificationId,
  client
}: {
  readonly verificationId: VerificationId
  /** The client's address, for limits. */
  readonly client: string
}) {
  const store = yield* VerificationStore
  const codes = yield* OneTimeCode
  const found = yield* store.find(verificationId)
  if (Option.isNone(found)) return yield* new VerificationExpired()
  const at = yield* now
  if (at < found.value.resendAt) return yield* tooSoon(found.value.resendAt, at)
  yield* limitCode(found.value.purpose, client)
  const code = yield* codes.generate(yield* nextCodeForm(found.value))
  const outcome = yield* store.renew(verificationId, {
    codeDigest: yield* codes.digest(verificationId, code),
    at,
    expiresAt: addSeconds(at, codeLifetimeSeconds),
    resendAt: addSeconds(at, resendCooldownSeconds)
  })
  switch (outcome._tag) {
    case "Gone":
      return yield* new VerificationExpired()
    case "TooManyAttempts":
      return yield* new TooManyAttempts()
    case "TooSoon":
      return yield* tooSoon(outcome.resendAt, at)
    case "Renewed": {
      yield* sendCode(outcome.verification, code, { at, replaces: true })
      return pending(outcome.verification)
    }
  }
})

const tooSoon = (resendAt: Date, at: Date) =>
  new ResendTooSoon({ retryAfterSeconds: Math.ceil((resendAt.getTime() - at.getTime()) / 1000) })
