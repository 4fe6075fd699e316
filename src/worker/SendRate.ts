// How fast mails may go out: a token bucket that holds one token, so that sends are spread evenly.
// A throttle answer halves the rate; it recovers within a minute. Counts for this process alone.
import { Clock, Context, Effect, Layer } from "effect"
import { now } from "../services/time.ts"

export class SendRate extends Context.Service<
  SendRate,
  {
    /** Waits for its turn and takes it; `false` at once, and nothing taken, where that is after `until`. */
    readonly acquire: (until: Date) => Effect.Effect<boolean>
    /** Tells that the provider found the rate too high. */
    readonly throttled: Effect.Effect<void>
  }
>()("worker/SendRate") {}

const recoverySeconds = 60
/** The slowest, as a part of the highest rate. */
const floor = 1 / 16
/** Answers to sends of before the last slow-down say nothing about the rate since. */
const slowDownSeconds = 1

export const inProcess = (maxPerSecond: number): Layer.Layer<SendRate> =>
  Layer.sync(SendRate, () => {
    let rate = maxPerSecond
    let ratedAt = Number.NEGATIVE_INFINITY
    let slowedAt = Number.NEGATIVE_INFINITY
    /** When the next token is there. */
    let nextAt = Number.NEGATIVE_INFINITY

    const recover = (at: number) => {
      const recovered = (maxPerSecond * (at - ratedAt)) / 1000 / recoverySeconds
      rate = Math.min(maxPerSecond, rate + recovered)
      ratedAt = at
    }

    return SendRate.of({
      acquire: Effect.fnUntraced(function* (until) {
        const at = (yield* now).getTime()
        recover(at)
        const turn = Math.max(at, nextAt)
        if (turn > until.getTime()) return false
        nextAt = turn + 1000 / rate
        yield* Effect.sleep(turn - at)
        return true
      }),
      throttled: Effect.map(Clock.currentTimeMillis, (at) => {
        if (at - slowedAt < slowDownSeconds * 1000) return
        recover(at)
        slowedAt = at
        rate = Math.max(rate / 2, maxPerSecond * floor)
        nextAt = Math.max(nextAt, at + 1000 / rate)
      })
    })
  })
