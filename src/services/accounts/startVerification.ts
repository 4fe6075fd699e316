// Opens a proof of an address: a fresh code, stored as a digest only, sent in the background.
import { Effect } from "effect"
import { blockOf } from "../messaging/phoneNumber.ts"
import { IdGenerator } from "../runtime/IdGenerator.ts"
import { RateLimiter } from "../runtime/RateLimiter.ts"
import { addSeconds, now } from "../time.ts"
import { OneTimeCode } from "./OneTimeCode.ts"
import { sendCode } from "./sendCode.ts"
import {
  codeLifetimeSeconds,
  type Purpose,
  resendCooldownSeconds,
  type Verification
} from "./Verification.ts"
import { VerificationStore } from "./VerificationStore.ts"

/** What a client learns of a pending proof. */
export interface PendingVerification {
  readonly verificationId: string
  readonly expiresAt: Date
  readonly resendAt: Date
}

/** The address that a proof's code goes to. */
export const recipient = (purpose: Purpose): string =>
  purpose._tag === "Phone" ? purpose.phone : purpose.email

/** Counts one code towards the recipient's limit, whatever it is for, and an SMS towards its block's. */
export const countCode = Effect.fnUntraced(function* (purpose: Purpose) {
  const limiter = yield* RateLimiter
  yield* limiter.take("codeRecipient", recipient(purpose))
  if (purpose._tag === "Phone") yield* limiter.take("smsBlock", blockOf(purpose.phone))
})

export const startVerification = Effect.fn("startVerification")(function* (purpose: Purpose) {
  const codes = yield* OneTimeCode
  const id = yield* IdGenerator.use((ids) => ids.next)
  const code = yield* codes.generate
  const at = yield* now
  const verification: Verification = {
    id,
    purpose,
    codeDigest: yield* codes.digest(id, code),
    attempts: 0,
    expiresAt: addSeconds(at, codeLifetimeSeconds),
    resendAt: addSeconds(at, resendCooldownSeconds),
    consumedAt: null
  }
  yield* VerificationStore.use((store) => store.create(verification))
  yield* sendCode(verification, code)
  return pending(verification)
})

export const pending = ({ id, expiresAt, resendAt }: Verification): PendingVerification => ({
  verificationId: id,
  expiresAt,
  resendAt
})
