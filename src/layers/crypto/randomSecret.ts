// A fresh secret from the platform's CSPRNG.
import { encodeBase64urlNoPadding } from "@oslojs/encoding"
import { Effect, Redacted } from "effect"

/** `bytes` random bytes as base64url. */
export const randomSecret = (bytes: number): Effect.Effect<Redacted.Redacted> =>
  Effect.sync(() =>
    Redacted.make(encodeBase64urlNoPadding(crypto.getRandomValues(new Uint8Array(bytes))))
  )
