import { readdir, readFile } from "node:fs/promises"
import { platform } from "node:os"
import { assert, describe, it, vi } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Option, Redacted } from "effect"
import * as native from "../../../src/layers/crypto/Argon2idNative.ts"
import * as portable from "../../../src/layers/crypto/Argon2idPortable.ts"
import { recommendedParameters, shortfall } from "../../../src/layers/crypto/argon2Phc.ts"
import { PasswordHasher } from "../../../src/services/accounts/ports/PasswordHasher.ts"
import { passwordHasherContract } from "../../contract/passwordHasher.ts"

const quick = { memoryKib: 64, passes: 2, parallelism: 1 }

passwordHasherContract("PasswordHasher in native code", native.layer(), recommendedParameters)
passwordHasherContract(
  "PasswordHasher in the threads of its library",
  native.layer({ ownThreads: false }),
  recommendedParameters
)
passwordHasherContract("PasswordHasher in JavaScript", portable.layer({ parameters: quick }), quick)

const password = Redacted.make("correct horse 🔑")

/** While the test runs. */
const hasherOf = (layer: Layer.Layer<PasswordHasher>) =>
  Effect.map(Layer.build(layer), Context.get(PasswordHasher))

describe("both implementations verify hashes of the other", () => {
  const parameterSets = [
    quick,
    { memoryKib: 128, passes: 3, parallelism: 2 },
    { memoryKib: 99, passes: 1, parallelism: 4 },
    recommendedParameters
  ]
  for (const parameters of parameterSets) {
    it.effect(`with ${JSON.stringify(parameters)}`, () =>
      Effect.gen(function* () {
        const inNative = yield* hasherOf(native.layer({ parameters }))
        const inScript = yield* hasherOf(portable.layer({ parameters }))
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

describe("a refusal takes the work of today's parameters, also for an older hash", () => {
  /** JavaScript takes some ten times as long for the same. */
  const today = { memoryKib: 4096, passes: 3, parallelism: 1 }
  const todayInScript = { ...today, memoryKib: 512 }

  /** The quickest of a few: what else the machine does only makes them slower. */
  const quickest = <E>(work: Effect.Effect<unknown, E>) =>
    Effect.map(Effect.replicateEffect(Effect.timed(work), 20), (runs) =>
      Math.min(...runs.map(([duration]) => Duration.toMillis(duration)))
    )

  const layers = {
    "in native code": native.layer({ parameters: today }),
    "in the threads of the library": native.layer({ parameters: today, ownThreads: false }),
    "in JavaScript": portable.layer({ parameters: todayInScript })
  }
  for (const [where, layer] of Object.entries(layers))
    it.live(where, () =>
      Effect.gen(function* () {
        const older = yield* hasherOf(portable.layer({ parameters: quick }))
        const stored = yield* older.hash(password)
        const hasher = yield* hasherOf(layer)
        const wrong = Redacted.make("wrong horse")
        const unknown = yield* quickest(hasher.verify(hasher.decoy, wrong))
        assert.isAbove(yield* quickest(hasher.verify(stored, wrong)), unknown / 2)
        // The right one is not held up: its hash is replaced instead.
        assert.isBelow(yield* quickest(hasher.verify(stored, password)), unknown / 2)
      })
    )

  it("adds up to today's work, rounded to a pass", () => {
    for (const stored of [
      quick,
      { memoryKib: 4096, passes: 1, parallelism: 1 },
      { memoryKib: 12_288, passes: 3, parallelism: 1 },
      { memoryKib: 9999, passes: 1, parallelism: 4 }
    ]) {
      const missing = shortfall(stored, recommendedParameters)
      const work = ({ memoryKib, passes }: typeof stored) => memoryKib * passes
      const total = work(stored) + Option.match(missing, { onNone: () => 0, onSome: work })
      assert.approximately(total, work(recommendedParameters), 8)
    }
  })

  it("adds nothing to hashes that took as much or more", () => {
    for (const stored of [
      recommendedParameters,
      { ...recommendedParameters, passes: 3 },
      { memoryKib: 47_104, passes: 1, parallelism: 1 }
    ])
      assert.deepStrictEqual(shortfall(stored, recommendedParameters), Option.none())
  })
})

// Elsewhere a thread has no priority of its own.
if (platform() === "linux")
  describe("the threads of native code", () => {
    /** The nice values of the process's threads. */
    const priorities = async () => {
      const tasks = await readdir("/proc/self/task")
      const stats = await Promise.all(
        tasks.map((task) => readFile(`/proc/self/task/${task}/stat`, "utf8"))
      )
      return stats.map((stat) => Number(stat.slice(stat.lastIndexOf(")")).split(" ")[17]))
    }

    it.live("have the lowest priority, and end with the layer", () =>
      Effect.gen(function* () {
        const below = Effect.map(Effect.promise(priorities), (all) =>
          all.filter((nice) => nice > 0)
        )
        yield* Effect.gen(function* () {
          const hasher = yield* PasswordHasher
          yield* Effect.replicateEffect(hasher.hash(password), 4, { concurrency: "unbounded" })
          assert.deepStrictEqual(yield* below, [10, 10])
        }).pipe(Effect.provide(native.layer({ concurrency: 2 })))
        assert.deepStrictEqual(yield* below, [])
      })
    )
  })

describe("very many concurrent logins", () => {
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

  it.effect("fill the slots and the waiting line, and the rest are refused: native code", () =>
    Effect.gen(function* () {
      const served = yield* storm(native.layer({ concurrency: 2, waiting: 3 }), 20)
      assert.strictEqual(served, 5)
    })
  )

  it.effect("fill the slots, and the rest are refused without waiting: JavaScript", () =>
    Effect.gen(function* () {
      const served = yield* storm(portable.layer({ parameters: quick, concurrency: 3 }), 20)
      assert.strictEqual(served, 3)
    })
  )

  it.effect("are refused also when the clock stands still during computation: JavaScript", () =>
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
