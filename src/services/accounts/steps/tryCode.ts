// One attempt at a verification's code: counted before it is compared, also after the code was used. The calling use
// case does the work of the right code, and refuses a verification of another purpose as if the code were wrong.
import { Effect } from "effect"
import { audit } from "../../audit/audit.ts"
import type { VerificationId } from "../../ids.ts"
import { InvalidOtp, TooManyAttempts, VerificationExpired } from "../model/errors.ts"
import type { Code, Verification } from "../model/Verification.ts"
import { OneTimeCode } from "../ports/OneTimeCode.ts"
import { VerificationStore } from "../ports/VerificationStore.ts"
import { countCodeFailure } from "./codeFailures.ts"
import { limitClient } from "./limitClient.ts"

export interface CodeInput {
  readonly verificationId: VerificationId
  readonly otp: Code
  /** The client's address, for limits. */
  readonly client: string
}

/** The verification of the right code. If `consumedAt` shows that it was used, its work must not be done again. */
export const tryCode = Effect.fn("tryCode")(function* (
  { verificationId, otp, client }: CodeInput,
  at: Date
) {
  yield* limitClient("verifyClient", client)
  const attempt = yield* VerificationStore.use((store) => store.attempt(verificationId, at))
  if (attempt._tag === "Gone") return yield* new VerificationExpired()
  if (attempt._tag === "TooManyAttempts") {
    yield* audit({ kind: "code_exhausted", subject: { verificationId } })
    return yield* new TooManyAttempts()
  }
  const { verification } = attempt
  const fits = yield* OneTimeCode.use((codes) =>
    codes.matches(verification.id, otp, verification.codeDigest)
  )
  return fits ? verification : yield* refuseCode(verification)
})

/** Also if the code is right, but for another purpose. */
export const refuseCode = Effect.fnUntraced(function* (
  verification: Pick<Verification, "id" | "purpose">
) {
  yield* audit({ kind: "code_wrong", subject: { verificationId: verification.id } })
  yield* countCodeFailure(verification)
  return yield* new InvalidOtp()
})
