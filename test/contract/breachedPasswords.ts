// What every BreachedPasswords owes: the common ones that are long enough, in any case, and no others.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Redacted } from "effect"
import { BreachedPasswords } from "../../src/services/accounts/ports/BreachedPasswords.ts"

/** Of those that every published list of common passwords has. */
const common = [
  "password",
  "password1",
  "12345678",
  "1234567890",
  "qwertyuiop",
  "1qaz2wsx",
  "iloveyou",
  "sunshine",
  "princess",
  "football",
  "baseball",
  "superman",
  "starwars",
  "letmein1",
  "trustno1",
  "11111111",
  "qwerty123",
  "passw0rd"
]

export const breachedPasswordsContract = (name: string, layer: Layer.Layer<BreachedPasswords>) =>
  describe(name, () => {
    const includes = (text: string) =>
      BreachedPasswords.use((breached) => breached.includes(Redacted.make(text)))

    it.effect("contains the common passwords, in any case of letters", () =>
      Effect.gen(function* () {
        for (const text of common)
          for (const spelled of [
            text,
            text.toUpperCase(),
            `${text[0]?.toUpperCase()}${text.slice(1)}`
          ])
            assert.isTrue(yield* includes(spelled), spelled)
      }).pipe(Effect.provide(layer))
    )

    it.effect("contains no others, in any form", () =>
      Effect.gen(function* () {
        for (const text of [
          "correct horse battery staple",
          "tr0ub4dor&3 and his horse",
          " password",
          "password ",
          "пароль от почты",
          "🔑🔑🔑🔑🔑🔑🔑🔑",
          "__proto__",
          "isPrototypeOf",
          "toString",
          "\u0000".repeat(8),
          "x".repeat(128)
        ])
          assert.isFalse(yield* includes(text), text)
      }).pipe(Effect.provide(layer))
    )

    it.effect("answers all concurrent calls, also the first ones", () =>
      Effect.gen(function* () {
        const answers = yield* Effect.all(
          common.flatMap((text) => [includes(text), includes(`${text} and more words`)]),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          answers,
          common.flatMap(() => [true, false])
        )
      }).pipe(Effect.provide(layer))
    )
  })
