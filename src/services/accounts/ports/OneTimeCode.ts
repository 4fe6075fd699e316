// Port: one-time codes and their digests.
import { Context, type Effect } from "effect"
import type { VerificationId } from "../../ids.ts"
import type { Code, CodeDigest, CodeForm } from "../model/Verification.ts"

export class OneTimeCode extends Context.Service<
  OneTimeCode,
  {
    /** Uniform, from a CSPRNG. */
    readonly generate: (form: CodeForm) => Effect.Effect<Code>
    /**
     * A long code: HMAC-SHA-256 under the current key, over parts without line breaks. The same parts give the
     * same code; without the key it is as hard to guess as a random one.
     */
    readonly derive: (parts: ReadonlyArray<string>) => Effect.Effect<Code>
    /** HMAC-SHA-256 over verification id and code, so a code matches only its verification. Base64url. */
    readonly digest: (verificationId: VerificationId, code: Code) => Effect.Effect<CodeDigest>
    /** Compares in constant time, under the current and the rotated-out keys. */
    readonly matches: (
      verificationId: VerificationId,
      code: Code,
      digest: CodeDigest
    ) => Effect.Effect<boolean>
  }
>()("services/accounts/OneTimeCode") {}
