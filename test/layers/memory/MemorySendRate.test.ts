// The exact course of the rate, by TestClock; what every adapter owes is in the contract.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as MemorySendRate from "../../../src/layers/memory/MemorySendRate.ts"
import { SendRate } from "../../../src/services/messaging/SendRate.ts"
import { addSeconds, now } from "../../../src/services/time.ts"
import { sendRateContract } from "../../contract/sendRate.ts"

sendRateContract("SendRate in memory", MemorySendRate.layer)

const ten = MemorySendRate.layer({ maxPerSecond: 10 })

/** Each `what` that ends within that time, after how many milliseconds. */
const during = Effect.fnUntraced(function* (
  duration: Duration.Input,
  ...whats: ReadonlyArray<Effect.Effect<number, never, SendRate>>
) {
  const start = yield* Clock.currentTimeMillis
  const fibers = yield* Effect.forEach(whats, (what) => {
    const at: Array<number> = []
    const once = Effect.flatMap(what, (count) =>
      Effect.map(Clock.currentTimeMillis, (millis) => {
        for (let i = 0; i < count; i++) at.push(millis - start)
      })
    )
    return Effect.map(Effect.forkChild(Effect.forever(once)), (fiber) => ({ fiber, at }))
  })
  // In small steps, so that each loop comes to its turn.
  const millis = Duration.toMillis(Duration.fromInputUnsafe(duration))
  for (let passed = 0; passed < millis; passed += 5) yield* TestClock.adjust("5 millis")
  yield* Effect.forEach(fibers, ({ fiber }) => Fiber.interrupt(fiber), { discard: true })
  return fibers.map(({ at }) => at)
})

/** Takes what is there, up to `max`, and waits for more. */
const confirmations = (max: number) =>
  Effect.gen(function* () {
    const { taken, waitMillis } = yield* SendRate.use((rate) => rate.take(max))
    yield* Effect.sleep(taken === 0 ? waitMillis : 0)
    return taken
  })

/** A code that waits for its turn. */
const code = Effect.gen(function* () {
  const { takeForCode } = yield* SendRate
  return (yield* takeForCode(addSeconds(yield* now, 3600))) ? 1 : 0
})

const everyMillis = (first: number, gap: number, count: number) =>
  Array.from({ length: count }, (_, i) => first + i * gap)

describe("MemorySendRate, to the millisecond", () => {
  it.effect("gives one token each 100 ms, and keeps two", () =>
    Effect.gen(function* () {
      const [first = []] = yield* during("1 second", confirmations(100))
      assert.deepStrictEqual(first, [0, ...everyMillis(0, 100, 11)])
      yield* TestClock.adjust("10 seconds")
      const [again = []] = yield* during("950 millis", confirmations(1))
      assert.deepStrictEqual(again, [0, ...everyMillis(0, 100, 10)])
    }).pipe(Effect.provide(ten))
  )

  it.effect("keeps the tokens of 100 ms, at any time and any rate", () =>
    Effect.gen(function* () {
      for (const [maxPerSecond, kept] of [
        [0.5, 2],
        [14, 2],
        [30, 3],
        [90, 9],
        [500, 50],
        [3000, 300]
      ] as const) {
        const rate = MemorySendRate.makeMemorySendRate({ maxPerSecond })
        for (let i = 0; i < 50; i++) {
          // As large as the time is, so that a token is not lost by rounding.
          yield* TestClock.setTime(1_780_000_000_000 + i * 7919)
          const tokens = yield* rate.take(1000)
          assert.strictEqual(tokens.taken, kept, `${maxPerSecond} a second`)
          assert.strictEqual(tokens.waitMillis, Math.ceil(1000 / maxPerSecond))
        }
        yield* TestClock.setTime(1_700_000_000_000)
      }
    })
  )

  it.effect("says in whole milliseconds how long it takes until the next token", () =>
    Effect.gen(function* () {
      const { take } = yield* SendRate
      assert.deepStrictEqual(yield* take(3), { taken: 2, waitMillis: 143 })
      yield* TestClock.adjust("142 millis")
      assert.deepStrictEqual(yield* take(3), { taken: 0, waitMillis: 1 })
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* take(1), { taken: 1, waitMillis: 0 })
    }).pipe(Effect.provide(MemorySendRate.layer({ maxPerSecond: 7 })))
  )

  it.effect("gives 8 codes their token immediately, and then one each 125 ms", () =>
    Effect.gen(function* () {
      const turn = Effect.andThen(code, Clock.currentTimeMillis)
      const codes = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 16 }, () => turn),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("2 seconds")
      const start = yield* now
      assert.deepStrictEqual(
        (yield* Fiber.join(codes)).map((at) => at - start.getTime() + 2000),
        [...Array(7).fill(0), ...everyMillis(0, 125, 9)]
      )
    }).pipe(Effect.provide(ten))
  )

  it.effect("leaves a fifth to confirmations under a constant load of codes", () =>
    Effect.gen(function* () {
      // More than may go: they wait in turn.
      const load = Effect.forEach(Array.from({ length: 20 }), () =>
        Effect.forkChild(Effect.forever(code))
      )
      yield* load
      // The burst of 8 is made up for first, at a fifth of the rate.
      yield* TestClock.adjust("5 seconds")
      const [confirmed = [], codes = []] = yield* during("10 seconds", confirmations(100), code)
      assert.isAtLeast(confirmed.length, 19)
      assert.isAtMost(confirmed.length, 22)
      assert.isAtLeast(codes.length, 1)
      for (const [i, at] of confirmed.entries()) {
        const before = confirmed[i - 1] ?? 0
        assert.isAtMost(at - before, 1000, "confirmations never stop")
      }
    }).pipe(Effect.provide(ten))
  )

  it.effect("gives confirmations all that codes leave", () =>
    Effect.gen(function* () {
      const oneCode = Effect.andThen(Effect.sleep("500 millis"), code)
      const [confirmed = [], codes = []] = yield* during("10 seconds", confirmations(100), oneCode)
      assert.isAtLeast(codes.length, 19)
      assert.isAtLeast(confirmed.length + codes.length, 99)
      assert.isAtMost(confirmed.length + codes.length, 103)
    }).pipe(Effect.provide(ten))
  )

  it.effect(
    "halves the rate when the provider throttles, once for all responses within a second",
    () =>
      Effect.gen(function* () {
        const { throttled, current, take } = yield* SendRate
        assert.strictEqual(yield* current, 10)
        yield* throttled
        yield* throttled
        assert.strictEqual(yield* current, 5)
        assert.deepStrictEqual(yield* take(1), { taken: 0, waitMillis: 200 })
        yield* TestClock.adjust("1 second")
        yield* throttled
        const slowed = yield* current
        assert.isAtLeast(slowed, 2.5)
        assert.isBelow(slowed, 2.6)
      }).pipe(Effect.provide(ten))
  )

  it.effect("halves the rate for codes too, and ends their burst", () =>
    Effect.gen(function* () {
      yield* SendRate.use(({ throttled }) => throttled)
      const [codes = []] = yield* during("1 second", code)
      // It has recovered by a hundredth of the rate within the second.
      assert.deepStrictEqual(
        codes.map((at) => Math.ceil(at / 250)),
        [1, 2, 3, 4]
      )
    }).pipe(Effect.provide(ten))
  )

  it.effect("recovers within a minute, evenly", () =>
    Effect.gen(function* () {
      const { throttled, current } = yield* SendRate
      yield* throttled
      yield* TestClock.adjust("15 seconds")
      assert.closeTo(yield* current, 7.5, 0.01)
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* current, 10)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* current, 10)
    }).pipe(Effect.provide(ten))
  )

  it.effect("never stops altogether", () =>
    Effect.gen(function* () {
      const { throttled, current } = yield* SendRate
      for (let i = 0; i < 20; i++) {
        yield* throttled
        yield* TestClock.adjust("1 second")
      }
      assert.isAtLeast(yield* current, 10 / 16)
      const [tokens = []] = yield* during("4 seconds", confirmations(1))
      assert.isAtLeast(tokens.length, 2)
    }).pipe(Effect.provide(ten))
  )

  it.effect(
    "immediately refuses a code whose turn would come too late, and keeps the turn free",
    () =>
      Effect.gen(function* () {
        const { takeForCode } = yield* SendRate
        const start = yield* now
        for (let i = 0; i < 8; i++) assert.isTrue(yield* takeForCode(start))
        for (let i = 0; i < 3; i++) assert.isFalse(yield* takeForCode(addSeconds(start, 0.124)))
        yield* TestClock.adjust("125 millis")
        assert.isTrue(yield* takeForCode(yield* now))
      }).pipe(Effect.provide(ten))
  )
})
