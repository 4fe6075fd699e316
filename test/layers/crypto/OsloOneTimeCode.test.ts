import { assert, describe, it } from "@effect/vitest"
import { encodeBase64urlNoPadding } from "@oslojs/encoding"
import { Effect, Redacted } from "effect"
import { layer } from "../../../src/layers/crypto/OsloOneTimeCode.ts"
import { Code } from "../../../src/services/accounts/model/Verification.ts"
import { OneTimeCode } from "../../../src/services/accounts/ports/OneTimeCode.ts"
import { VerificationId } from "../../../src/services/ids.ts"
import { oneTimeCodeContract } from "../../contract/oneTimeCode.ts"

oneTimeCodeContract("OneTimeCode on Oslo", (secrets) => layer({ secrets }))

describe("OneTimeCode on Oslo computes the same as the platform's HMAC-SHA-256", () => {
  const utf8 = new TextEncoder()
  const platform = async (secret: string, message: string): Promise<string> => {
    const algorithm = { name: "HMAC", hash: "SHA-256" }
    const key = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, [
      "sign"
    ])
    const digest = await crypto.subtle.sign("HMAC", key, utf8.encode(message))
    return encodeBase64urlNoPadding(new Uint8Array(digest))
  }

  // Around the block of SHA-256 (64 bytes), from which on a key is hashed before it is used.
  it.effect("for keys from 32 to 200 bytes, and messages of every length up to two blocks", () =>
    Effect.gen(function* () {
      for (let length = 32; length <= 200; length++) {
        const secret = `ü${crypto.randomUUID().repeat(6)}`.slice(0, length - 1)
        const id = VerificationId.make(
          crypto
            .randomUUID()
            .repeat(4)
            .slice(0, length % 129)
        )
        const digest = yield* OneTimeCode.use((codes) =>
          codes.digest(id, Code.make("123456"))
        ).pipe(Effect.provide(layer({ secrets: [Redacted.make(secret)] })))
        const expected = yield* Effect.promise(() => platform(secret, `${id}\n123456`))
        assert.strictEqual(digest, expected, `a key of ${length} bytes`)
      }
    })
  )
})
