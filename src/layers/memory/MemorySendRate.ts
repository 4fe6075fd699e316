// SendRate in the memory of one process, by Clock.
import { Clock, Effect, Layer } from "effect"
import {
  recoverySeconds,
  SendRate,
  slowDownSeconds,
  slowestPart
} from "../../services/messaging/SendRate.ts"
import { now } from "../../services/time.ts"

/** `maxPerSecond`: mails. */
export const makeMemorySendRate = ({
  maxPerSecond
}: {
  readonly maxPerSecond: number
}): SendRate["Service"] => {
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
      rate = Math.max(rate / 2, maxPerSecond * slowestPart)
      nextAt = Math.max(nextAt, at + 1000 / rate)
    })
  })
}

export const layer = (options: { readonly maxPerSecond: number }): Layer.Layer<SendRate> =>
  Layer.sync(SendRate, () => makeMemorySendRate(options))
