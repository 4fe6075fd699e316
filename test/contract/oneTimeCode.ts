// What every OneTimeCode owes: uniform characters, digests bound to one verification, keys that rotate.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Redacted } from "effect"
import {
  Code,
  CodeDigest,
  longCodeAlphabet
} from "../../src/services/accounts/model/Verification.ts"
import { OneTimeCode } from "../../src/services/accounts/ports/OneTimeCode.ts"
import { VerificationId } from "../../src/services/ids.ts"

type Secrets = readonly [Redacted.Redacted, ...ReadonlyArray<Redacted.Redacted>]

const newKey = Redacted.make("new key, of 32 bytes or more, for codes")
const oldKey = Redacted.make("old key, of 32 bytes or more, for codes")

const id = VerificationId.make("id")
const anotherId = VerificationId.make("another id")
const digits = "0123456789"
const code = Code.make("123456")
const anotherCode = Code.make("123457")

/** A byte taken modulo 10 would give a chi-square of about 140 over the digits of so many codes. */
const sample = 60_000
/** Chi-square with 9 degrees of freedom: a fair source exceeds it once in 10¹⁰ runs. */
const bound = 70

/** The same with 31 degrees of freedom. A byte has no remainder there, so fewer show what is wrong. */
const longBound = 120
const longSample = sample / 10

const chiSquare = (text: string, alphabet: string): number => {
  const counts = new Array<number>(alphabet.length).fill(0)
  for (const one of text) {
    const place = alphabet.indexOf(one)
    counts[place] = (counts[place] ?? 0) + 1
  }
  const expected = text.length / alphabet.length
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
        const codes = yield* Effect.replicateEffect(generate("short"), sample)
        assert.isTrue(codes.every((one) => /^[0-9]{6}$/.test(one)))
        assert.isBelow(chiSquare(codes.join(""), digits), bound)
        for (let position = 0; position < 6; position++)
          assert.isBelow(chiSquare(codes.map((one) => one[position]).join(""), digits), bound)
      }).pipe(Effect.provide(layer))
    )

    it.effect("draws twelve characters of base32, each uniform at each position", () =>
      Effect.gen(function* () {
        const { generate } = yield* OneTimeCode
        const codes = yield* Effect.replicateEffect(generate("long"), longSample)
        assert.isTrue(codes.every((one) => /^[0-9A-HJKMNP-TV-Z]{12}$/.test(one)))
        assert.isBelow(chiSquare(codes.join(""), longCodeAlphabet), longBound)
        for (let position = 0; position < 12; position++)
          assert.isBelow(
            chiSquare(codes.map((one) => one[position]).join(""), longCodeAlphabet),
            longBound
          )
      }).pipe(Effect.provide(layer))
    )

    it.effect(
      "derives the same long code from the same parts and key, and another one from others",
      () =>
        Effect.gen(function* () {
          const { derive } = yield* OneTimeCode
          const derived = yield* derive(["ada", "hash", "1"])
          assert.strictEqual(yield* derive(["ada", "hash", "1"]), derived)
          const others = [
            ["ada", "hash", "2"],
            ["ada", "other", "1"],
            ["adahash", "1"],
            ["ada", "hash1"]
          ]
          const codes = yield* Effect.forEach(others, derive)
          const under = (...secrets: Secrets) =>
            OneTimeCode.use((one) => one.derive(["ada", "hash", "1"])).pipe(
              Effect.provide(make(secrets))
            )
          assert.strictEqual(new Set([derived, ...codes, yield* under(oldKey)]).size, 6)
          // Of several keys the first.
          assert.strictEqual(yield* under(newKey, oldKey), derived)
        }).pipe(Effect.provide(layer))
    )

    it.effect("derives twelve characters of base32, each uniform at each position", () =>
      Effect.gen(function* () {
        const { derive } = yield* OneTimeCode
        const codes = yield* Effect.forEach(Array.from({ length: longSample }).keys(), (n) =>
          derive([`${n}`])
        )
        assert.isTrue(codes.every((one) => /^[0-9A-HJKMNP-TV-Z]{12}$/.test(one)))
        for (let position = 0; position < 12; position++)
          assert.isBelow(
            chiSquare(codes.map((one) => one[position]).join(""), longCodeAlphabet),
            longBound
          )
      }).pipe(Effect.provide(layer))
    )

    it.effect("matches a code under the verification it was made for, and no other", () =>
      Effect.gen(function* () {
        const codes = yield* OneTimeCode
        const digest = yield* codes.digest(id, code)
        assert.match(digest, /^[\w-]{43}$/)
        assert.isTrue(yield* codes.matches(id, code, digest))
        assert.isFalse(yield* codes.matches(id, anotherCode, digest))
        assert.isFalse(yield* codes.matches(anotherId, code, digest))
      }).pipe(Effect.provide(layer))
    )

    it.effect("keeps the boundary between id and code in the digest", () =>
      Effect.gen(function* () {
        const codes = yield* OneTimeCode
        const digest = yield* codes.digest(VerificationId.make(`${id}1`), Code.make("23456"))
        assert.isFalse(yield* codes.matches(id, code, digest))
      }).pipe(Effect.provide(layer))
    )

    it.effect("matches no digest that is empty, truncated or garbled", () =>
      Effect.gen(function* () {
        const codes = yield* OneTimeCode
        const digest = yield* codes.digest(id, code)
        for (const other of ["", digest.slice(0, -1), `${digest}A`, "ä".repeat(43), "\0"])
          assert.isFalse(yield* codes.matches(id, code, CodeDigest.make(other)))
      }).pipe(Effect.provide(layer))
    )

    it.effect("keeps the code and the key out of the digest", () =>
      Effect.gen(function* () {
        const digest = yield* (yield* OneTimeCode).digest(id, code)
        assert.notInclude(digest, code)
        const under = yield* OneTimeCode.use((codes) => codes.digest(id, code)).pipe(
          Effect.provide(make([oldKey]))
        )
        assert.notStrictEqual(digest, under)
      }).pipe(Effect.provide(layer))
    )

    it.effect("accepts digests of older keys and creates new ones with the first key", () =>
      Effect.gen(function* () {
        const before = yield* OneTimeCode.pipe(Effect.provide(make([oldKey])))
        const during = yield* OneTimeCode.pipe(Effect.provide(make([newKey, oldKey])))
        const after = yield* OneTimeCode.pipe(Effect.provide(make([newKey])))
        const old = yield* before.digest(id, code)
        assert.isTrue(yield* during.matches(id, code, old))
        assert.isFalse(yield* during.matches(id, anotherCode, old))
        assert.isFalse(yield* after.matches(id, code, old))
        const fresh = yield* during.digest(id, code)
        assert.isTrue(yield* after.matches(id, code, fresh))
        assert.isFalse(yield* before.matches(id, code, fresh))
      })
    )
  })
