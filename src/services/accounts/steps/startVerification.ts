// Starts the verification of an address: a new code, stored only as a digest, sent in the background.
import { Effect, Option } from "effect"
import { VerificationId } from "../../ids.ts"
import { IdGenerator } from "../../runtime/IdGenerator.ts"
import { addSeconds, now } from "../../time.ts"
import {
  type Code,
  type CodeForm,
  codeLifetimeSeconds,
  type Purpose,
  resendCooldownSeconds,
  type Verification
} from "../model/Verification.ts"
import { OneTimeCode } from "../ports/OneTimeCode.ts"
import { VerificationStore } from "../ports/VerificationStore.ts"
import { sendCode } from "./sendCode.ts"

/** What a client learns about a pending verification. */
export interface PendingVerification {
  readonly verificationId: VerificationId
  readonly expiresAt: Date
  readonly resendAt: Date
}

/** Stores a verification with a code that is valid until `expiresAt`. */
export const openVerification = Effect.fnUntraced(function* (
  purpose: Purpose,
  code: Code,
  { at, expiresAt }: { readonly at: Date; readonly expiresAt: Date }
) {
  const id = VerificationId.make(yield* IdGenerator.use((ids) => ids.unguessable))
  const verification: Verification = {
    id,
    purpose,
    codeDigest: yield* OneTimeCode.use((codes) => codes.digest(id, code)),
    attempts: 0,
    expiresAt,
    resendAt: addSeconds(at, resendCooldownSeconds),
    consumedAt: Option.none()
  }
  yield* VerificationStore.use((store) => store.create(verification))
  return verification
})

export const startVerification = Effect.fn("startVerification")(function* (
  purpose: Purpose,
  form: CodeForm
) {
  const code = yield* OneTimeCode.use((codes) => codes.generate(form))
  const at = yield* now
  const verification = yield* openVerification(purpose, code, {
    at,
    expiresAt: addSeconds(at, codeLifetimeSeconds)
  })
  yield* sendCode(verification, code, { at })
  return pending(verification)
})

export const pending = ({ id, expiresAt, resendAt }: Verification): PendingVerification => ({
  verificationId: id,
  expiresAt,
  resendAt
})
