// The tokens of the bench are the system's: what it refuses would be measured as its speed.
import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as HonoTokenSigner from "../../../src/layers/crypto/HonoTokenSigner.ts"
import { TokenSigner } from "../../../src/services/accounts/ports/TokenSigner.ts"
import { UserId } from "../../../src/services/ids.ts"
import { accessToken } from "../../../tools/bench/accessToken.ts"

const secret = "a".repeat(48)
const secrets = [Redacted.make(secret)] as const

it.live("the system accepts an access token of the bench", () =>
  Effect.gen(function* () {
    const signer = yield* TokenSigner
    const userId = UserId.make("0198c0de5a7e4b1f9d3c2a6b8e0f4d71")
    const token = accessToken(secret, userId, "admin")
    assert.deepInclude(yield* signer.verifyAccess(token), { userId, role: "admin" })
  }).pipe(
    Effect.provide(HonoTokenSigner.layer({ accessSecrets: secrets, refreshSecrets: secrets }))
  )
)
