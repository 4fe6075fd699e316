import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeCircuitBreaker } from "../../../src/layers/redis/CircuitBreaker.ts"

const setUp = (options: { readonly probe?: Effect.Effect<unknown, string> } = {}) => {
  const changes: Array<string> = []
  const guard = makeCircuitBreaker<string>({
    failures: 3,
    verdictOf: (error) => (error === "away" || error === "answered" ? error : "failed"),
    probe: Effect.sync(() => changes.push("probed")),
    openMillis: 1000,
    refuse: () => "refused",
    onOpen: (error) => changes.push(`open: ${error}`),
    onClose: () => changes.push("closed"),
    ...options
  })
  const fails = Effect.flip(guard(Effect.fail("down")))
  return { guard, fails, changes, opened: Effect.all([fails, fails, fails]) }
}

describe("CircuitBreaker", () => {
  it.effect("opens after consecutive failures, and then refuses without calling", () =>
    Effect.gen(function* () {
      const { guard, fails, changes } = setUp()
      assert.deepStrictEqual(yield* Effect.all([fails, fails]), ["down", "down"])
      yield* guard(Effect.void)
      assert.deepStrictEqual(yield* Effect.all([fails, fails, fails]), ["down", "down", "down"])
      assert.strictEqual(yield* Effect.flip(guard(Effect.die("called"))), "refused")
      assert.deepStrictEqual(changes, ["open: down"])
    })
  )

  it.effect("lets one probe through when its time is over, and closes when that succeeds", () =>
    Effect.gen(function* () {
      const { guard, fails, changes, opened } = setUp()
      yield* opened
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(yield* fails, "refused")
      yield* TestClock.adjust("1 milli")
      const answer = yield* Deferred.make<void>()
      const probe = yield* Effect.forkChild(guard(Deferred.await(answer)), {
        startImmediately: true
      })
      assert.strictEqual(yield* fails, "refused")
      yield* Deferred.succeed(answer, undefined)
      yield* Fiber.join(probe)
      assert.strictEqual(yield* guard(Effect.succeed("through")), "through")
      assert.deepStrictEqual(yield* Effect.all([fails, fails]), ["down", "down"])
      assert.deepStrictEqual(changes, ["open: down", "probed", "closed"])
    })
  )

  it.effect("opens at the first failure that says that the dependency is unusable", () =>
    Effect.gen(function* () {
      const { guard, changes } = setUp()
      yield* Effect.flip(guard(Effect.fail("away")))
      assert.strictEqual(yield* Effect.flip(guard(Effect.die("called"))), "refused")
      assert.deepStrictEqual(changes, ["open: away"])
    })
  )

  it.effect("does not count a failure that is a response, and closes after one", () =>
    Effect.gen(function* () {
      const { guard, fails, opened } = setUp()
      const answered = Effect.flip(guard(Effect.fail("answered")))
      assert.deepStrictEqual(yield* Effect.all([fails, fails, answered, fails, fails]), [
        ...["down", "down", "answered", "down", "down"]
      ])
      yield* answered
      yield* opened
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* answered, "answered")
      assert.strictEqual(yield* guard(Effect.succeed("through")), "through")
    })
  )

  it.effect("stays open while the probe fails, for any result of the call", () =>
    Effect.gen(function* () {
      const { guard, opened } = setUp({ probe: Effect.fail("takes no writes") })
      yield* opened
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Effect.flip(guard(Effect.die("called"))), "takes no writes")
      assert.strictEqual(yield* Effect.flip(guard(Effect.die("called"))), "refused")
    })
  )

  it.effect("stays open for the same time again when the probe fails", () =>
    Effect.gen(function* () {
      const { guard, fails, opened } = setUp()
      yield* opened
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* fails, "down")
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(yield* fails, "refused")
      yield* TestClock.adjust("1 milli")
      assert.strictEqual(yield* guard(Effect.succeed("through")), "through")
    })
  )

  it.effect("allows another probe when the probe is interrupted", () =>
    Effect.gen(function* () {
      const { guard, opened } = setUp()
      yield* opened
      yield* TestClock.adjust("1 second")
      const probe = yield* Effect.forkChild(guard(Effect.never), { startImmediately: true })
      yield* Fiber.interrupt(probe)
      assert.strictEqual(yield* guard(Effect.succeed("through")), "through")
    })
  )

  it.effect("ignores the results of calls that began before it opened", () =>
    Effect.gen(function* () {
      const { guard, fails, opened } = setUp()
      const late = yield* Deferred.make<void, string>()
      const slow = yield* Effect.forkChild(Effect.exit(guard(Deferred.await(late))), {
        startImmediately: true
      })
      yield* opened
      yield* TestClock.adjust("1 second")
      yield* guard(Effect.void)
      yield* Effect.all([fails, fails])
      yield* Deferred.fail(late, "late")
      yield* Fiber.join(slow)
      assert.strictEqual(yield* guard(Effect.succeed("still closed")), "still closed")
    })
  )

  it.effect("counts neither interruptions nor defects as failures", () =>
    Effect.gen(function* () {
      const { guard } = setUp()
      for (let i = 0; i < 3; i++) {
        yield* Effect.exit(guard(Effect.die("a bug")))
        const fiber = yield* Effect.forkChild(guard(Effect.never), { startImmediately: true })
        yield* Fiber.interrupt(fiber)
      }
      assert.strictEqual(yield* guard(Effect.succeed("closed")), "closed")
    })
  )
})
