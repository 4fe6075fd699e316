// The exact course of the rate, by TestClock; what every adapter owes is in the contract.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as MemorySendRate from "../../../src/layers/memory/MemorySendRate.ts"
import { SendRate } from "../../../src/services/messaging/SendRate.ts"
import { addSeconds, now } from "../../../src/services/time.ts"
import { sendRateContract } from "../../contract/sendRate.ts"

sendRateContract("SendRate in memory", MemorySendRate.layer)

const ten = MemorySendRate.layer({ maxPerSecond: 10 })

/** The milliseconds, from now, at which `count` callers who ask at once get their turn. */
const turns = Effect.fnUntraced(function* (count: number) {
  const { acquire } = yield* SendRate
  const start = yield* Clock.currentTimeMillis
  const until = addSeconds(new Date(start), 3600)
  const fiber = yield* Effect.forEach(
    Array.from({ length: count }),
    () => Effect.andThen(acquire(until), Clock.currentTimeMillis),
    { concurrency: "unbounded" }
  ).pipe(Effect.forkChild)
  yield* TestClock.adjust("5 minutes")
  return (yield* Fiber.join(fiber)).map((at) => at - start)
})

describe("MemorySendRate, to the millisecond", () => {
  it.effect("spreads sends evenly, the first at once", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* turns(4), [0, 100, 200, 300])
      // No credit for idle time: a burst would be throttled.
      assert.deepStrictEqual(yield* turns(3), [0, 100, 200])
    }).pipe(Effect.provide(ten))
  )

  it.effect("halves when the provider throttles, once for all answers of a second", () =>
    Effect.gen(function* () {
      const { throttled } = yield* SendRate
      yield* throttled
      yield* throttled
      const [first = 0, second = 0] = yield* turns(2)
      assert.strictEqual(first, 200)
      assert.strictEqual(second, 400)
    }).pipe(Effect.provide(ten))
  )

  it.effect("recovers within a minute", () =>
    Effect.gen(function* () {
      const { throttled } = yield* SendRate
      yield* throttled
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* turns(3), [0, 100, 200])
    }).pipe(Effect.provide(ten))
  )

  it.effect("never stops altogether", () =>
    Effect.gen(function* () {
      const { throttled } = yield* SendRate
      for (let i = 0; i < 20; i++) {
        yield* throttled
        yield* TestClock.adjust("1 second")
      }
      const [, second = 0] = yield* turns(2)
      assert.isBelow(second, 2000)
    }).pipe(Effect.provide(ten))
  )

  it.effect("refuses at once a turn that would come too late, without using it up", () =>
    Effect.gen(function* () {
      const { acquire } = yield* SendRate
      const start = yield* now
      assert.isTrue(yield* acquire(start))
      assert.isFalse(yield* acquire(addSeconds(start, 0.05)))
      yield* TestClock.adjust("100 millis")
      assert.isTrue(yield* acquire(yield* now))
    }).pipe(Effect.provide(ten))
  )
})
