// What every SendRate owes: tokens that come evenly, codes before confirmations, and less after a throttle answer. In
// real time, because a shared bucket keeps its own clock. Timers may be late, so the tests hold how soon a token may
// come, and where they hold how late, the rate is so low that a loaded machine does not matter.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, type Layer } from "effect"
import { SendRate } from "../../src/services/messaging/SendRate.ts"
import { addSeconds, now } from "../../src/services/time.ts"

/** A bucket of its own. */
export type SendRateSubject = (options: { readonly maxPerSecond: number }) => Layer.Layer<SendRate>

/** Timers fire a little early, and scripts round. */
const slackMillis = 3

/** The milliseconds, from `since` or else from now, at which `count` tokens were there, each taken when it was. */
export const turns = Effect.fnUntraced(function* (count: number, since?: number) {
  const { take } = yield* SendRate
  const start = since ?? (yield* Clock.currentTimeMillis)
  const at: Array<number> = []
  while (at.length < count) {
    const { taken, waitMillis } = yield* take(count - at.length)
    const millis = (yield* Clock.currentTimeMillis) - start
    for (let i = 0; i < taken; i++) at.push(millis)
    yield* Effect.sleep(waitMillis)
  }
  return at
})

/** No token came before its turn; how much later it may come is the machine's affair. */
export const assertSpread = (millis: ReadonlyArray<number>, first: number, gap: number): void => {
  for (const [i, at] of millis.entries())
    assert.isAtLeast(at, first + i * gap - slackMillis, `turn ${i} of ${millis.join(", ")}`)
}

/** Asks for that many codes at the same time; how many had their turn within `patience`. */
const codesWithin = Effect.fnUntraced(function* (patience: number, count: number) {
  const { takeForCode } = yield* SendRate
  const until = addSeconds(yield* now, patience)
  const taken = yield* Effect.forEach(Array.from({ length: count }), () => takeForCode(until), {
    concurrency: "unbounded"
  })
  return taken.filter((one) => one).length
})

/** When each of that many codes has its turn that are asked for at the same time, in milliseconds from then on. */
const codeTurns = Effect.fnUntraced(function* (count: number) {
  const { takeForCode } = yield* SendRate
  const start = yield* Clock.currentTimeMillis
  const until = addSeconds(new Date(start), 60)
  const at = yield* Effect.forEach(
    Array.from({ length: count }),
    () => Effect.andThen(takeForCode(until), since(start)),
    { concurrency: "unbounded" }
  )
  return at.toSorted((a, b) => a - b)
})

/** What may come too early where a machine is slow is counted in. */
const since = (start: number) => Effect.map(Clock.currentTimeMillis, (at) => at - start)

export const sendRateContract = (name: string, subject: SendRateSubject): void => {
  describe.concurrent(name, () => {
    it.live("gives the available tokens, at most those of 100 ms", () =>
      Effect.gen(function* () {
        const { take } = yield* SendRate
        assert.deepStrictEqual((yield* take(3)).taken, 3)
        yield* Effect.sleep("400 millis")
        const start = yield* Clock.currentTimeMillis
        const { taken, waitMillis } = yield* take(1000)
        assert.isAtLeast(taken, 5)
        assert.isAtMost(taken, 5 + (yield* since(start)) / 20)
        assert.isAbove(waitMillis, 0)
        assert.isAtMost(waitMillis, 20)
      }).pipe(Effect.provide(subject({ maxPerSecond: 50 })))
    )

    it.live("spreads tokens evenly over time", () =>
      Effect.gen(function* () {
        // Two are kept, then one comes each 50 ms.
        assertSpread(yield* turns(8), -50, 50)
        yield* Effect.sleep("300 millis")
        assertSpread(yield* turns(5), -50, 50)
      }).pipe(Effect.provide(subject({ maxPerSecond: 20 })))
    )

    it.live("takes no token for a request of none", () =>
      Effect.gen(function* () {
        const { take } = yield* SendRate
        for (let i = 0; i < 5; i++)
          assert.deepStrictEqual(yield* take(0), { taken: 0, waitMillis: 0 })
        assert.strictEqual((yield* take(2)).taken, 2)
        assert.deepStrictEqual(yield* take(0), { taken: 0, waitMillis: 0 })
      }).pipe(Effect.provide(subject({ maxPerSecond: 0.5 })))
    )

    it.live("says how long it takes until the next token, which is available by then", () =>
      Effect.gen(function* () {
        const { take } = yield* SendRate
        assert.deepStrictEqual(yield* take(2), { taken: 2, waitMillis: 0 })
        const start = yield* Clock.currentTimeMillis
        const { taken, waitMillis } = yield* take(1)
        assert.strictEqual(taken, 0)
        assert.isAtMost(waitMillis, 1000)
        assert.isAtLeast(waitMillis, 1000 - (yield* since(start)) - 100)
        yield* Effect.sleep(waitMillis / 2)
        assert.strictEqual((yield* take(1)).taken, 0)
        yield* Effect.sleep(waitMillis / 2 + slackMillis)
        assert.strictEqual((yield* take(1)).taken, 1)
      }).pipe(Effect.provide(subject({ maxPerSecond: 1 })))
    )

    it.live("gives each of many concurrent callers tokens of its own", () =>
      Effect.gen(function* () {
        const { take } = yield* SendRate
        const start = yield* Clock.currentTimeMillis
        const tokens = yield* Effect.forEach(Array.from({ length: 20 }), () => take(1), {
          concurrency: "unbounded"
        })
        const taken = tokens.reduce((sum, one) => sum + one.taken, 0)
        assert.isAtLeast(taken, 2)
        assert.isAtMost(taken, 2 + ((yield* since(start)) + slackMillis) / 500)
      }).pipe(Effect.provide(subject({ maxPerSecond: 2 })))
    )

    it.live(
      "gives codes the tokens of one second at 0.8 of the rate without a wait, then new ones as they come",
      () =>
        Effect.gen(function* () {
          const at = yield* codeTurns(60)
          assertSpread(at, -39 * 25, 25)
          // In turn from the first on, this one would come after 975.
          assert.isBelow(at[39] ?? 0, 700)
        }).pipe(Effect.provide(subject({ maxPerSecond: 50 })))
    )

    it.live("takes tokens for codes in advance: confirmations wait for later ones", () =>
      Effect.gen(function* () {
        const { take } = yield* SendRate
        const start = yield* Clock.currentTimeMillis
        // Two were there, so this takes the third in advance.
        assert.strictEqual(yield* codesWithin(0.1, 3), 3)
        const { taken, waitMillis } = yield* take(1)
        assert.strictEqual(taken, 0)
        assert.isAtMost(waitMillis, 500)
        assert.isAtLeast(waitMillis, 500 - (yield* since(start)) - slackMillis)
      }).pipe(Effect.provide(subject({ maxPerSecond: 4 })))
    )

    it.live("gives codes their turn, for any number of tokens that confirmations have taken", () =>
      Effect.gen(function* () {
        const { take } = yield* SendRate
        yield* take(1000)
        assert.strictEqual(yield* codesWithin(1, 2), 2)
      }).pipe(Effect.provide(subject({ maxPerSecond: 1 })))
    )

    it.live("charges a waiting code at its turn: until then confirmations continue", () =>
      Effect.gen(function* () {
        const { take, takeForCode } = yield* SendRate
        // 8 need no wait, and take 6 tokens in advance; 12 wait, 125 ms each.
        const until = addSeconds(yield* now, 60)
        const codes = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: 20 }), () => takeForCode(until), {
            concurrency: "unbounded"
          })
        )
        yield* Effect.sleep("50 millis")
        const { taken, waitMillis } = yield* take(1)
        assert.strictEqual(taken, 0)
        // 18 tokens in advance would be 1800.
        assert.isAtMost(waitMillis, 1200)
        yield* Fiber.interrupt(codes)
      }).pipe(Effect.provide(subject({ maxPerSecond: 10 })))
    )

    it.live(
      "immediately refuses a code whose turn would come too late, and keeps the turn free",
      () =>
        Effect.gen(function* () {
          const { takeForCode } = yield* SendRate
          assert.strictEqual(yield* codesWithin(1, 3), 2)
          const asked = yield* Clock.currentTimeMillis
          assert.isFalse(yield* takeForCode(addSeconds(yield* now, 1)))
          assert.isFalse(yield* takeForCode(addSeconds(yield* now, -1)))
          assert.isBelow(yield* since(asked), 500)
          assert.isTrue(yield* takeForCode(addSeconds(yield* now, 5)))
          // The next one's turn, and not that after three.
          assert.isBelow(yield* since(asked), 3500)
        }).pipe(Effect.provide(subject({ maxPerSecond: 0.625 })))
    )

    it.live(
      "halves the rate when the provider throttles, once for all responses within a second",
      () =>
        Effect.gen(function* () {
          const { throttled, current } = yield* SendRate
          assert.strictEqual(yield* current, 20)
          // From before: the pause runs from the answer on, also while the next call is on its way.
          const start = yield* Clock.currentTimeMillis
          yield* throttled
          yield* throttled
          assert.isAtLeast(yield* current, 10)
          assert.isAtMost(yield* current, 10 + (yield* since(start)) / 3000 + 0.1)
          const millis = yield* turns(3, start)
          // What was kept is lost with it: the provider counts what was sent before, too.
          assertSpread(millis, 90, 99)
          // A quarter of the rate would take 600.
          assert.isBelow(millis[2] ?? 0, 500)
        }).pipe(Effect.provide(subject({ maxPerSecond: 20 })))
    )

    it.live("slows codes down too when the provider throttles", () =>
      Effect.gen(function* () {
        const { throttled, takeForCode } = yield* SendRate
        const start = yield* Clock.currentTimeMillis
        yield* throttled
        // None of the burst is left.
        assert.strictEqual(yield* codesWithin(0.1, 3), 0)
        const until = addSeconds(yield* now, 10)
        for (const at of [500, 1000]) {
          assert.isTrue(yield* takeForCode(until))
          // It recovers within a minute, so a little of it has come back.
          assert.isAtLeast(yield* since(start), at * 0.95)
        }
      }).pipe(Effect.provide(subject({ maxPerSecond: 5 })))
    )
  })
}
