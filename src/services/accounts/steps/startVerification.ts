// Opens a proof of an address: a fresh code, stored as a digest only, sent in the background.
import { Effect, Option } from "effect"
import { VerificationId } from "../../ids.ts"
import { IdGenerator } from "../../runtime/IdGenerator.ts"
import { addSeconds, now } from "../../time.ts"
import {
  type CodeForm,
  codeLifetimeSeconds,
  type Purpose,
  resendCooldownSeconds,
  type Verification
} from "../model/Verification.ts"
import { OneTimeCode } from "../ports/OneTimeCode.ts"
import { VerificationStore } from "../ports/VerificationStore.ts"
import { sendCode } from "./sendCode.ts"

/** What a client learns of a pending proof. */
export interface PendingVerification {
  readonly verificationId: VerificationId
  readonly expiresAt: Date
  readonly resendAt: Date
}

export const startVerification = Effect.fn("startVerification")(function* (
  purpose: Purpose,
  form: CodeForm
) {
  const codes = yield* OneTimeCode
  const id = VerificationId.make(yield* IdGenerator.use((ids) => ids.unguessable))
  const code = yield* codes.generate(form)
  const at = yield* now
  const verification: Verification = {
    id,
    purpose,
    codeDigest: yield* codes.digest(id, code),
    attempts: 0,
    expiresAt: addSeconds(at, codeLifetimeSeconds),
    resendAt: addSeconds(at, resendCooldownSeconds),
    consumedAt: Option.none()
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
