import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { layer } from "../../../src/layers/crypto/HonoTokenSigner.ts"
import { TokenSigner } from "../../../src/services/accounts/ports/TokenSigner.ts"
import { SessionId, UserId } from "../../../src/services/ids.ts"
import type { Principal } from "../../../src/services/Principal.ts"
import { now } from "../../../src/services/time.ts"
import { tokenSignerContract } from "../../contract/tokenSigner.ts"

tokenSignerContract("TokenSigner on hono/jwt", layer)

describe("the cache of verified tokens on hono/jwt", () => {
  it.effect("computes a refused access token again, and a verified one not", () =>
    Effect.gen(function* () {
      const signer = yield* TokenSigner
      const principal: Principal = {
        userId: UserId.make("user-1"),
        sessionId: SessionId.make("session-1"),
        role: "user"
      }
      const token = yield* signer.signAccess(principal, yield* now)
      const computed = yield* Effect.acquireRelease(
        Effect.sync(() => vi.spyOn(crypto.subtle, "verify")),
        (spy) => Effect.sync(() => spy.mockRestore())
      )
      for (let n = 0; n < 5; n++)
        assert.deepStrictEqual(yield* signer.verifyAccess(token), principal)
      assert.strictEqual(computed.mock.calls.length, 1)
      const forged = `${token.slice(0, -4)}AAAA`
      for (let n = 0; n < 5; n++) yield* Effect.flip(signer.verifyAccess(forged))
      assert.strictEqual(computed.mock.calls.length, 6)
    }).pipe(
      Effect.provide(
        layer({
          accessSecrets: [Redacted.make("an access key of 32 bytes or more")],
          refreshSecrets: [Redacted.make("a refresh key of 32 bytes or more")]
        })
      )
    )
  )
})
