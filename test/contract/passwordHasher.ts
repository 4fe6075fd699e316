// What every PasswordHasher owes: salted Argon2id in PHC form, and no answer where the hash is not one.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, type Layer, Redacted } from "effect"
import { PasswordHash } from "../../src/services/accounts/model/Account.ts"
import { PasswordHasher } from "../../src/services/accounts/ports/PasswordHasher.ts"
import { spoken } from "../spoken.ts"

const password = (text: string) => Redacted.make(text)

export interface HasherParameters {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

/** `layer` hashes with `parameters`. */
export const passwordHasherContract = (
  name: string,
  layer: Layer.Layer<PasswordHasher>,
  { memoryKib, passes, parallelism }: HasherParameters
) =>
  describe(name, () => {
    const prefix = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$`

    it.effect("verifies the password that was hashed and no other", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        const hash = yield* hasher.hash(password("correct horse"))
        assert.isTrue(yield* hasher.verify(hash, password("correct horse")))
        for (const wrong of [
          "correct horsf",
          "Correct horse",
          "correct horse ",
          "",
          "x".repeat(5000)
        ])
          assert.isFalse(yield* hasher.verify(hash, password(wrong)), wrong)
      }).pipe(Effect.provide(layer))
    )

    it.effect("hashes passwords of any script and length, up to their last character", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        for (const text of ["пароль 🔑", "é", `${"long ".repeat(200)}a`, "nul\0a"]) {
          const hash = yield* hasher.hash(password(text))
          assert.isTrue(yield* hasher.verify(hash, password(text)))
          assert.isFalse(yield* hasher.verify(hash, password(`${text.slice(0, -1)}b`)))
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("writes PHC strings with the parameters and a fresh salt of 16 bytes", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        const hashes = [yield* hasher.hash(password("same")), yield* hasher.hash(password("same"))]
        for (const hash of hashes) {
          assert.isTrue(hash.startsWith(prefix), hash)
          assert.match(hash.slice(prefix.length), /^[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
        }
        assert.strictEqual(new Set(hashes).size, 2)
      }).pipe(Effect.provide(layer))
    )

    it.effect("has a decoy hash with the same parameters that no password matches", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        const real = yield* hasher.hash(password("anything"))
        assert.isTrue(hasher.decoy.startsWith(prefix))
        assert.lengthOf(hasher.decoy, real.length)
        for (const text of ["anything", "", "\0"])
          assert.isFalse(yield* hasher.verify(hasher.decoy, password(text)))
      }).pipe(Effect.provide(layer))
    )

    it.effect("reports hashes with less memory or fewer passes as outdated, and no others", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        const today = yield* hasher.hash(password("x"))
        const changed = (memory: number, rounds: number) =>
          PasswordHash.make(today.replace(`m=${memoryKib},t=${passes}`, `m=${memory},t=${rounds}`))
        for (const stored of [
          today,
          hasher.decoy,
          changed(memoryKib + 1, passes),
          changed(memoryKib, passes + 1)
        ])
          assert.isFalse(hasher.isOutdated(stored), stored)
        for (const stored of [
          changed(memoryKib - 1, passes),
          changed(memoryKib, passes - 1),
          changed(memoryKib * 2, passes - 1),
          changed(memoryKib - 1, passes * 2)
        ])
          assert.isTrue(hasher.isOutdated(stored), stored)
      }).pipe(Effect.provide(layer))
    )

    const salt = "c29tZXNhbHRzb21lc2FsdA"
    const digest = "A".repeat(43)
    const malformed = {
      empty: "",
      "plain text": "correct horse",
      "another variant": `$argon2i$v=19$m=64,t=2,p=1$${salt}$${digest}`,
      "an older version": `$argon2id$v=16$m=64,t=2,p=1$${salt}$${digest}`,
      "no version": `$argon2id$m=64,t=2,p=1$${salt}$${digest}`,
      "no digest": `$argon2id$v=19$m=64,t=2,p=1$${salt}`,
      "no salt": `$argon2id$v=19$m=64,t=2,p=1$$${digest}`,
      "letters that are not base64": `$argon2id$v=19$m=64,t=2,p=1$${salt}$${"*".repeat(43)}`,
      "something after it": `$argon2id$v=19$m=64,t=2,p=1$${salt}$${digest}\n`,
      "another hash": "$2b$10$abcdefghijklmnopqrstuuWQ0zX9oM5sCp0Yk5iVZyJz2xj6JmQkW"
    }
    for (const [what, hash] of Object.entries(malformed)) {
      it.effect(`dies on a stored hash that is malformed: ${what}`, () =>
        Effect.gen(function* () {
          const hasher = yield* PasswordHasher
          const verify = hasher.verify(PasswordHash.make(hash), password("correct horse"))
          const exit = yield* Effect.exit(verify)
          assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
          const words = yield* spoken(verify)
          assert.notInclude(words, "correct horse")
          if (hash !== "") assert.notInclude(words, hash)
        }).pipe(Effect.provide(layer))
      )
    }

    it.effect("still works after a malformed hash, any number of times", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        for (let n = 0; n < 200; n++)
          yield* Effect.exit(hasher.verify(PasswordHash.make(""), password("x")))
        const hash = yield* hasher.hash(password("x"))
        assert.isTrue(yield* hasher.verify(hash, password("x")))
      }).pipe(Effect.provide(layer))
    )
  })
