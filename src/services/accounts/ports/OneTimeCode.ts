// Port: one-time codes and their digests.
import { Context, type Effect } from "effect"

export class OneTimeCode extends Context.Service<
  OneTimeCode,
  {
    /** Six decimal digits, uniform, from a CSPRNG. */
    readonly generate: Effect.Effect<string>
    /** HMAC-SHA-256 over verification id and code: a code fits one verification only. Base64url. */
    readonly digest: (verificationId: string, code: string) => Effect.Effect<string>
    /** Compares in constant time, under the current and the rotated-out keys. */
    readonly matches: (
      verificationId: string,
      code: string,
      digest: string
    ) => Effect.Effect<boolean>
  }
>()("services/accounts/OneTimeCode") {}
