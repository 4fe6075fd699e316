// What every SendRate owes: sends spread evenly, in turn, and slower after a throttle answer. In real
// time, because a shared bucket keeps its own clock; rates are high, so that waits are short.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, type Layer } from "effect"
import { SendRate } from "../../src/services/messaging/SendRate.ts"
import { addSeconds, now } from "../../src/services/time.ts"

/** A bucket of its own. */
export type SendRateSubject = (options: { readonly maxPerSecond: number }) => Layer.Layer<SendRate>

/** Timers fire a little early, and scripts round. */
const slackMillis = 3

/** The milliseconds, from `since` or else from now, at which `count` callers who ask at once get their turn. */
export const turns = Effect.fnUntraced(function* (count: number, since?: number) {
  const { acquire } = yield* SendRate
  const asked = yield* Clock.currentTimeMillis
  const start = since ?? asked
  const until = addSeconds(new Date(asked), 60)
  const at = yield* Effect.forEach(
    Array.from({ length: count }),
    () => Effect.andThen(acquire(until), Clock.currentTimeMillis),
    { concurrency: "unbounded" }
  )
  return at.map((millis) => millis - start).toSorted((a, b) => a - b)
})

/** No send came before its turn; how much later it may come is the machine's affair. */
export const assertSpread = (millis: ReadonlyArray<number>, first: number, gap: number): void => {
  for (const [i, at] of millis.entries())
    assert.isAtLeast(at, first + i * gap - slackMillis, `turn ${i} of ${millis.join(", ")}`)
}

export const sendRateContract = (name: string, subject: SendRateSubject): void => {
  describe.concurrent(name, () => {
    it.live("spreads sends evenly", () =>
      Effect.gen(function* () {
        assertSpread(yield* turns(6), 0, 50)
        // No credit for idle time: a burst would be throttled.
        yield* Effect.sleep("150 millis")
        assertSpread(yield* turns(3), 0, 50)
      }).pipe(Effect.provide(subject({ maxPerSecond: 20 })))
    )

    it.live("halves when the provider throttles, once for all answers of a second", () =>
      Effect.gen(function* () {
        const { throttled } = yield* SendRate
        // From before: the pause runs from the answer on, also while the next call is on its way.
        const since = yield* Clock.currentTimeMillis
        yield* throttled
        yield* throttled
        const millis = yield* turns(3, since)
        assertSpread(millis, 90, 99)
        // A quarter of the rate would take 600.
        assert.isBelow(millis[2] ?? 0, 500)
      }).pipe(Effect.provide(subject({ maxPerSecond: 20 })))
    )

    it.live("refuses at once a turn that would come too late, without using it up", () =>
      Effect.gen(function* () {
        const { acquire } = yield* SendRate
        // The first turn is at once.
        assert.isTrue(yield* acquire(addSeconds(yield* now, 1)))
        const asked = yield* Clock.currentTimeMillis
        assert.isFalse(yield* acquire(addSeconds(yield* now, 1)))
        assert.isFalse(yield* acquire(addSeconds(yield* now, -1)))
        assert.isBelow((yield* Clock.currentTimeMillis) - asked, 500)
        assert.isTrue(yield* acquire(addSeconds(yield* now, 5)))
        assert.isBelow((yield* Clock.currentTimeMillis) - asked, 3500)
      }).pipe(Effect.provide(subject({ maxPerSecond: 0.5 })))
    )
  })
}
