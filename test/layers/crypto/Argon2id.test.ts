import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, type Layer, Redacted } from "effect"
import * as native from "../../../src/layers/crypto/Argon2idNative.ts"
import * as portable from "../../../src/layers/crypto/Argon2idPortable.ts"
import { minimumParameters } from "../../../src/layers/crypto/argon2Phc.ts"
import { PasswordHasher } from "../../../src/services/accounts/PasswordHasher.ts"
import { passwordHasherContract } from "../../contract/passwordHasher.ts"

const quick = { memoryKib: 64, passes: 2, parallelism: 1 }

passwordHasherContract("PasswordHasher in native code", native.layer(), minimumParameters)
passwordHasherContract("PasswordHasher in JavaScript", portable.layer({ parameters: quick }), quick)

const password = Redacted.make("correct horse 🔑")

describe("both read what the other wrote", () => {
  const parameterSets = [
    quick,
    { memoryKib: 128, passes: 3, parallelism: 2 },
    { memoryKib: 99, passes: 1, parallelism: 4 },
    minimumParameters
  ]
  for (const parameters of parameterSets) {
    it.effect(`with ${JSON.stringify(parameters)}`, () =>
      Effect.gen(function* () {
        const inNative = yield* PasswordHasher.pipe(Effect.provide(native.layer({ parameters })))
        const inScript = yield* PasswordHasher.pipe(Effect.provide(portable.layer({ parameters })))
        for (const [writer, reader] of [
          [inNative, inScript],
          [inScript, inNative]
        ] as const) {
          const hash = yield* writer.hash(password)
          assert.isTrue(yield* reader.verify(hash, password))
          assert.isFalse(yield* reader.verify(hash, Redacted.make("correct horse")))
          assert.isFalse(yield* reader.verify(writer.decoy, password))
        }
        assert.strictEqual(inNative.decoy, inScript.decoy)
      })
    )
  }
})

describe("a storm of logins", () => {
  const turn = Effect.callback<void>((resume) => {
    setImmediate(() => resume(Effect.void))
  })

  const storm = (layer: Layer.Layer<PasswordHasher>, arrivals: number) =>
    Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const hash = yield* hasher.hash(password)
      const outcomes = yield* Effect.forEach(
        Array.from({ length: arrivals }),
        // Each in a turn of the event loop of its own, as requests come.
        () => Effect.andThen(turn, Effect.result(hasher.verify(hash, password))),
        { concurrency: "unbounded" }
      )
      const refused = outcomes.filter((outcome) => outcome._tag === "Failure")
      for (const { failure } of refused)
        assert.deepInclude({ ...failure }, { _tag: "Overloaded", resource: "password hashing" })
      // The storm is over.
      assert.isTrue(yield* hasher.verify(hash, password))
      return outcomes.length - refused.length
    }).pipe(Effect.provide(layer))

  it.effect(
    "is served as far as places and waiting line go, the rest is refused: native code",
    () =>
      Effect.gen(function* () {
        const served = yield* storm(native.layer({ concurrency: 2, waiting: 3 }), 20)
        assert.strictEqual(served, 5)
      })
  )

  it.effect("is served as far as places go, nobody waits: JavaScript", () =>
    Effect.gen(function* () {
      const served = yield* storm(portable.layer({ parameters: quick, concurrency: 3 }), 20)
      assert.strictEqual(served, 3)
    })
  )

  it.effect("is refused too where time stands still while a request computes: JavaScript", () =>
    Effect.gen(function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.spyOn(Date, "now").mockReturnValue(0)),
        (spy) => Effect.sync(() => spy.mockRestore())
      )
      const served = yield* storm(portable.layer({ parameters: quick, concurrency: 3 }), 20)
      assert.strictEqual(served, 3)
    })
  )
})
