// What every OneTimeCode owes: uniform digits, digests bound to one verification, keys that rotate.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Redacted } from "effect"
import { OneTimeCode } from "../../src/services/accounts/ports/OneTimeCode.ts"

type Secrets = readonly [Redacted.Redacted, ...ReadonlyArray<Redacted.Redacted>]

const newKey = Redacted.make("new key, of 32 bytes or more, for codes")
const oldKey = Redacted.make("old key, of 32 bytes or more, for codes")

/** A byte taken modulo 10 would give a chi-square of about 140 over the digits of so many codes. */
const sample = 60_000
/** Chi-square with 9 degrees of freedom: a fair source exceeds it once in 10¹⁰ runs. */
const bound = 70

const chiSquare = (digits: string): number => {
  const counts = new Array<number>(10).fill(0)
  for (const digit of digits) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1
  const expected = digits.length / 10
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

export const oneTimeCodeContract = (
  name: string,
  make: (secrets: Secrets) => Layer.Layer<OneTimeCode>
) =>
  describe(name, () => {
    const layer = make([newKey])

    it.effect("draws six digits, each uniform at each position", () =>
      Effect.gen(function* () {
        const { generate } = yield* OneTimeCode
        const codes = yield* Effect.replicateEffect(generate, sample)
        assert.isTrue(codes.every((code) => /^[0-9]{6}$/.test(code)))
        assert.isBelow(chiSquare(codes.join("")), bound)
        for (let position = 0; position < 6; position++)
          assert.isBelow(chiSquare(codes.map((code) => code[position]).join("")), bound)
      }).pipe(Effect.provide(layer))
    )

    it.effect("matches a code under the verification it was made for, and no other", () =>
      Effect.gen(function* () {
        const codes = yield* OneTimeCode
        const digest = yield* codes.digest("verification-a", "123456")
        assert.match(digest, /^[\w-]{43}$/)
        assert.isTrue(yield* codes.matches("verification-a", "123456", digest))
        assert.isFalse(yield* codes.matches("verification-a", "123457", digest))
        assert.isFalse(yield* codes.matches("verification-b", "123456", digest))
      }).pipe(Effect.provide(layer))
    )

    it.effect("does not let id and code run into each other", () =>
      Effect.gen(function* () {
        const codes = yield* OneTimeCode
        const digest = yield* codes.digest("id1", "23456")
        assert.isFalse(yield* codes.matches("id", "123456", digest))
      }).pipe(Effect.provide(layer))
    )

    it.effect("matches no digest that is empty, cut or garbled", () =>
      Effect.gen(function* () {
        const codes = yield* OneTimeCode
        const digest = yield* codes.digest("id", "123456")
        for (const other of ["", digest.slice(0, -1), `${digest}A`, "ä".repeat(43), "\0"])
          assert.isFalse(yield* codes.matches("id", "123456", other))
      }).pipe(Effect.provide(layer))
    )

    it.effect("keeps the code and the key out of the digest", () =>
      Effect.gen(function* () {
        const digest = yield* (yield* OneTimeCode).digest("id", "123456")
        assert.notInclude(digest, "123456")
        const under = yield* OneTimeCode.use((codes) => codes.digest("id", "123456")).pipe(
          Effect.provide(make([oldKey]))
        )
        assert.notStrictEqual(digest, under)
      }).pipe(Effect.provide(layer))
    )

    it.effect("accepts digests of rotated-out keys and makes new ones with the first", () =>
      Effect.gen(function* () {
        const before = yield* OneTimeCode.pipe(Effect.provide(make([oldKey])))
        const during = yield* OneTimeCode.pipe(Effect.provide(make([newKey, oldKey])))
        const after = yield* OneTimeCode.pipe(Effect.provide(make([newKey])))
        const old = yield* before.digest("id", "123456")
        assert.isTrue(yield* during.matches("id", "123456", old))
        assert.isFalse(yield* during.matches("id", "123457", old))
        assert.isFalse(yield* after.matches("id", "123456", old))
        const fresh = yield* during.digest("id", "123456")
        assert.isTrue(yield* after.matches("id", "123456", fresh))
        assert.isFalse(yield* before.matches("id", "123456", fresh))
      })
    )
  })
