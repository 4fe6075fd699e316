import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option, Ref } from "effect"
import { TestClock } from "effect/testing"
import { readinessAnswer } from "../../../src/http/health.ts"
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

/** What a check tells, and how many questions its dependency got. */
const counting = (told: Effect.Effect<Option.Option<string>>) =>
  Effect.map(Ref.make(0), (questions) => ({
    questions: Ref.get(questions),
    ready: withProblem(
      Effect.andThen(
        Ref.update(questions, (count) => count + 1),
        told
      )
    )
  }))

const ask = Effect.flatMap(Readiness, ({ checks }) =>
  Effect.forEach(checks, ({ problem }) => problem)
)

describe("readiness", () => {
  it.effect("reports the results of its checks", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems, [Option.some("no primary")])
    }).pipe(Effect.provide(withProblem(Effect.succeed(Option.some("no primary")))))
  )

  it.effect("does not wait longer than 2 s for a check", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems, [Option.some("no answer within 2 s")])
    }).pipe(Effect.provide(withProblem(Effect.never)))
  )

  it.effect("reports a check that dies as a problem, without its cause", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems, [Option.some("the check failed")])
    }).pipe(Effect.provide(withProblem(Effect.die(new Error("mongodb://user:secret@host")))))
  )

  it.effect("reports draining from the start of shutdown", () =>
    Effect.gen(function* () {
      const { draining, startDraining } = yield* Readiness
      assert.isFalse(yield* draining)
      yield* startDraining
      assert.isTrue(yield* draining)
    }).pipe(Effect.provide(withProblem(Effect.succeedNone)))
  )

  it.effect("checks a dependency once for all concurrent requests", () =>
    Effect.gen(function* () {
      const answered = yield* Deferred.make<Option.Option<string>>()
      const { questions, ready } = yield* counting(Deferred.await(answered))
      yield* Effect.gen(function* () {
        const clients = yield* Effect.forEach(Array.from({ length: 300 }), () =>
          Effect.forkChild(ask, { startImmediately: true })
        )
        yield* Deferred.succeed(answered, Option.some("no primary"))
        for (const told of yield* Effect.forEach(clients, Fiber.join))
          assert.deepStrictEqual(told, [Option.some("no primary")])
        assert.strictEqual(yield* questions, 1)
      }).pipe(Effect.provide(ready))
    })
  )

  it.effect("checks a dependency again one second after its result, and no earlier", () =>
    Effect.gen(function* () {
      const { questions, ready } = yield* counting(Effect.succeedNone)
      yield* Effect.gen(function* () {
        for (const [passed, expected] of [
          [0, 1],
          [999, 1],
          [1, 2],
          [999, 2],
          [1, 3]
        ] as const) {
          yield* TestClock.adjust(passed)
          yield* ask
          assert.strictEqual(yield* questions, expected)
        }
      }).pipe(Effect.provide(ready))
    })
  )

  it.effect("continues a check when a client disconnects, without a new check for each", () =>
    Effect.gen(function* () {
      const { questions, ready } = yield* counting(
        Effect.delay(Effect.succeedSome("no primary"), "1 second")
      )
      yield* Effect.gen(function* () {
        for (let i = 0; i < 50; i++)
          yield* Fiber.interrupt(yield* Effect.forkChild(ask, { startImmediately: true }))
        const patient = yield* Effect.forkChild(ask, { startImmediately: true })
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(patient), [Option.some("no primary")])
        assert.strictEqual(yield* questions, 1)
      }).pipe(Effect.provide(ready))
    })
  )

  it.effect("reports draining, also while its results about dependencies are still valid", () =>
    Effect.gen(function* () {
      assert.isTrue((yield* readinessAnswer).ready)
      yield* Readiness.use(({ startDraining }) => startDraining)
      assert.isFalse((yield* readinessAnswer).ready)
    }).pipe(Effect.provide(withProblem(Effect.succeedNone)))
  )
})
