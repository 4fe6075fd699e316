// Use case: a new code for a pending proof, at most one a minute; attempts already made stay counted.
import { Effect, Option } from "effect"
import { addSeconds, now } from "../time.ts"
import { countCode } from "./countCode.ts"
import { ResendTooSoon, TooManyAttempts, VerificationExpired } from "./errors.ts"
import { OneTimeCode } from "./OneTimeCode.ts"
import { sendCode } from "./sendCode.ts"
import { pending } from "./startVerification.ts"
import { codeLifetimeSeconds, resendCooldownSeconds } from "./Verification.ts"
import { VerificationStore } from "./VerificationStore.ts"

export const resendOtp = Effect.fn("resendOtp")(function* ({
  verificationId,
  client
}: {
  readonly verificationId: string
  /** The client's address, for limits. */
  readonly client: string
}) {
  const store = yield* VerificationStore
  const codes = yield* OneTimeCode
  const found = yield* store.find(verificationId)
  if (Option.isNone(found)) return yield* new VerificationExpired()
  const at = yield* now
  if (at < found.value.resendAt) return yield* tooSoon(found.value.resendAt, at)
  yield* countCode(found.value.purpose, client)
  const code = yield* codes.generate
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
      yield* sendCode(outcome.verification, code)
      return pending(outcome.verification)
    }
  }
})

const tooSoon = (resendAt: Date, at: Date) =>
  new ResendTooSoon({ retryAfterSeconds: Math.ceil((resendAt.getTime() - at.getTime()) / 1000) })
