import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { layer } from "../../../src/layers/runtime/TimedReadiness.ts"
import { Readiness } from "../../../src/services/runtime/Readiness.ts"

const withProblem = (problem: Effect.Effect<Option.Option<string>>) =>
  layer(Effect.succeed([{ name: "mongo", required: true, problem }]))

const problems = Effect.gen(function* () {
  const { checks } = yield* Readiness
  const fiber = yield* Effect.forkChild(Effect.forEach(checks, ({ problem }) => problem))
  yield* TestClock.adjust("2 seconds")
  return yield* Fiber.join(fiber)
})

describe("readiness", () => {
  it.effect("tells what its checks tell", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems, [Option.some("no primary")])
    }).pipe(Effect.provide(withProblem(Effect.succeed(Option.some("no primary")))))
  )

  it.effect("does not wait longer than 2 s for a check", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems, [Option.some("no answer within 2 s")])
    }).pipe(Effect.provide(withProblem(Effect.never)))
  )

  it.effect("takes a check that dies for a problem, and tells nobody its cause", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems, [Option.some("the check failed")])
    }).pipe(Effect.provide(withProblem(Effect.die(new Error("mongodb://user:secret@host")))))
  )

  it.effect("drains from the moment it is told to", () =>
    Effect.gen(function* () {
      const { draining, startDraining } = yield* Readiness
      assert.isFalse(yield* draining)
      yield* startDraining
      assert.isTrue(yield* draining)
    }).pipe(Effect.provide(withProblem(Effect.succeedNone)))
  )
})
