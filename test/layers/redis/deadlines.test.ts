// One clock for the deadlines of all calls.
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { makeDeadline } from "../../../src/layers/redis/deadlines.ts"

const millis = 40
const never = () => new Promise<never>(() => {})
const asIs = (error: unknown) => error

describe("a deadline", () => {
  it.live("fails each call that takes longer, and none earlier", () =>
    Effect.gen(function* () {
      const within = yield* makeDeadline<unknown>(millis, () => "late")
      const one = Effect.timed(Effect.flip(within(never, asIs)))
      const first = yield* Effect.forkChild(one)
      yield* Effect.sleep(millis / 2)
      const second = yield* Effect.forkChild(one)
      for (const [took, error] of [yield* Fiber.join(first), yield* Fiber.join(second)]) {
        assert.strictEqual(error, "late")
        // A timer may fire a millisecond early.
        assert.isAtLeast(Duration.toMillis(took), millis - 4)
      }
      // The clock starts again for what comes after a time without calls.
      assert.strictEqual((yield* one)[1], "late")
    })
  )

  it.live("returns the result of a call while another one is late", () =>
    Effect.gen(function* () {
      const within = yield* makeDeadline<unknown>(millis, () => "late")
      const late = yield* Effect.forkChild(Effect.flip(within(never, asIs)))
      assert.strictEqual(yield* within(() => Promise.resolve(1), asIs), 1)
      assert.strictEqual(
        yield* Effect.flip(within(() => Promise.reject("refused"), asIs)),
        "refused"
      )
      assert.strictEqual(yield* Fiber.join(late), "late")
    })
  )

  it.live("forgets a call that is interrupted", () =>
    Effect.gen(function* () {
      let expired = 0
      const within = yield* makeDeadline<unknown>(millis, () => {
        expired += 1
        return "late"
      })
      const call = yield* Effect.forkChild(within(never, asIs), { startImmediately: true })
      yield* Fiber.interrupt(call)
      yield* Effect.flip(within(never, asIs))
      assert.strictEqual(expired, 1)
    })
  )
})
