import { assert, describe, it } from "@effect/vitest"
import { dictionary } from "@zxcvbn-ts/language-common"
import { Effect, Redacted } from "effect"
import { layer } from "../../../src/layers/zxcvbn/ZxcvbnBreachedPasswords.ts"
import { BreachedPasswords } from "../../../src/services/accounts/ports/BreachedPasswords.ts"
import { minPasswordLength } from "../../../src/services/accounts/steps/passwordPolicy.ts"
import { breachedPasswordsContract } from "../../contract/breachedPasswords.ts"

breachedPasswordsContract("BreachedPasswords of zxcvbn-ts", layer)

describe("BreachedPasswords of zxcvbn-ts", () => {
  it.effect("contains the 3000 most common that are long enough, and thousands more", () =>
    Effect.gen(function* () {
      const breached = yield* BreachedPasswords
      const longEnough = dictionary["passwords-common"].filter(
        (password) => password.length >= minPasswordLength
      )
      assert.isAbove(longEnough.length, 15_000)
      for (const password of longEnough)
        assert.isTrue(yield* breached.includes(Redacted.make(password)), password)
    }).pipe(Effect.provide(layer))
  )
})
