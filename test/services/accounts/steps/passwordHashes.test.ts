// Devices that compose a password in two ways agree, hashes of what was typed go on working, and an attempt
// takes the same work for every account and every outcome.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import * as Argon2idNative from "../../../../src/layers/crypto/Argon2idNative.ts"
import { PasswordHasher } from "../../../../src/services/accounts/ports/PasswordHasher.ts"
import {
  hashPassword,
  verifyPassword
} from "../../../../src/services/accounts/steps/passwordHashes.ts"
import { intercept } from "../../../../src/testing/intercept.ts"

const composed = Redacted.make("un caf\u00E9 cr\u00E8me".normalize("NFC"))
const decomposed = Redacted.make("un caf\u00E9 cr\u00E8me".normalize("NFD"))
const wrong = Redacted.make("un th\u00E9 cr\u00E8me".normalize("NFD"))

const hasher = Argon2idNative.layer({
  parameters: { memoryKib: 64, passes: 1, parallelism: 1 }
})

describe("a password with accents", () => {
  it.effect("is the same in every Unicode form", () =>
    Effect.gen(function* () {
      for (const chosen of [composed, decomposed]) {
        const hash = yield* hashPassword(chosen)
        assert.strictEqual(yield* verifyPassword(hash, composed), "fits")
        assert.strictEqual(yield* verifyPassword(hash, decomposed), "fits")
        assert.strictEqual(yield* verifyPassword(hash, wrong), "wrong")
      }
    }).pipe(Effect.provide(hasher))
  )

  it.effect("matches an outdated hash of the unnormalized text", () =>
    Effect.gen(function* () {
      const old = yield* PasswordHasher.use(({ hash }) => hash(decomposed))
      assert.strictEqual(yield* verifyPassword(old, decomposed), "outdated")
      assert.strictEqual(yield* verifyPassword(old, composed), "wrong")
    }).pipe(Effect.provide(hasher))
  )

  it.effect("needs as many hash computations for an account as for none, right or wrong", () => {
    let verified = 0
    const counting = intercept(PasswordHasher, (real) => ({
      verify: (hash, password) => {
        verified += 1
        return real.verify(hash, password)
      }
    }))
    return Effect.gen(function* () {
      const { hash, decoy } = yield* PasswordHasher
      const stored = [yield* hashPassword(composed), yield* hash(decomposed), decoy] as const
      const work: Array<number> = []
      for (const one of stored) {
        verified = 0
        assert.strictEqual(yield* verifyPassword(one, wrong), "wrong")
        work.push(verified)
      }
      assert.deepStrictEqual(work, [2, 2, 2])
      verified = 0
      assert.strictEqual(yield* verifyPassword(stored[0], decomposed), "fits")
      assert.strictEqual(verified, 2)
      // What is typed in the usual form is tried once.
      verified = 0
      assert.strictEqual(yield* verifyPassword(decoy, Redacted.make("correct horse")), "wrong")
      assert.strictEqual(verified, 1)
    }).pipe(Effect.provide(Layer.provideMerge(counting, hasher)))
  })
})
