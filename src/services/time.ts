// Time as the domain sees it: a Date read from Effect's Clock, so that TestClock drives every rule.
import { Clock, Effect } from "effect"

/** The current instant. */
export const now: Effect.Effect<Date> = Effect.map(Clock.currentTimeMillis, (ms) => new Date(ms))

/** Milliseconds of a clock that only goes forward, also when the time is set: for waits within this process. */
export const steadyMillis: Effect.Effect<number> = Effect.map(
  Clock.monotonicTimeNanos,
  (nanos) => Number(nanos / 1000n) / 1000
)

/** `date` moved by `seconds` (negative: earlier). */
export const addSeconds = (date: Date, seconds: number): Date =>
  new Date(date.getTime() + seconds * 1000)
