// SendRate in the memory of one process, by Clock.
import { Clock, Effect, Layer } from "effect"
import {
  burstSeconds,
  codesBurstSeconds,
  codesPart,
  leastBurst,
  recoverySeconds,
  SendRate,
  slowDownSeconds,
  slowestPart
} from "../../services/messaging/SendRate.ts"
import { now } from "../../services/time.ts"

/** When the next token is there: as many as come in `burst` seconds are kept. */
const nextToken = (nextAt: number, at: number, rate: number, burst: number): number => {
  const kept = Math.max(Math.ceil(rate * burst), leastBurst)
  return Math.max(nextAt, at - ((kept - 1) * 1000) / rate)
}

/** A part of a token: times are large, so their differences are a little too small. */
const rounding = 0.001

/** `maxPerSecond`: mails. */
export const makeMemorySendRate = ({
  maxPerSecond
}: {
  readonly maxPerSecond: number
}): SendRate["Service"] => {
  let rate = maxPerSecond
  let ratedAt = Number.NEGATIVE_INFINITY
  let slowedAt = Number.NEGATIVE_INFINITY
  /** When the next token is there, and when codes may take the next one in advance. */
  let nextAt = Number.NEGATIVE_INFINITY
  let nextCodeAt = Number.NEGATIVE_INFINITY

  /** Takes one, in advance where none is there. */
  const charge = (at: number) => {
    nextAt = nextToken(nextAt, at, rate, burstSeconds) + 1000 / rate
  }

  const recover = (at: number) => {
    const recovered = (maxPerSecond * (at - ratedAt)) / 1000 / recoverySeconds
    rate = Math.min(maxPerSecond, rate + recovered)
    ratedAt = at
  }

  return SendRate.of({
    take: (max) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        recover(at)
        const next = nextToken(nextAt, at, rate, burstSeconds)
        const there = next > at ? 0 : Math.floor(((at - next) * rate) / 1000 + rounding) + 1
        const taken = Math.min(max, there)
        nextAt = next + (taken * 1000) / rate
        return { taken, waitMillis: taken === max ? 0 : Math.ceil(Math.max(nextAt - at, 0)) }
      }),
    takeForCode: Effect.fnUntraced(function* (until) {
      const at = (yield* now).getTime()
      recover(at)
      const next = nextToken(nextCodeAt, at, rate * codesPart, codesBurstSeconds)
      const turn = Math.max(at, next)
      if (turn > until.getTime()) return false
      nextCodeAt = next + 1000 / (rate * codesPart)
      // One that waits is charged when it goes: until then confirmations may.
      if (turn > at) yield* Effect.sleep(turn - at)
      charge(yield* Clock.currentTimeMillis)
      return true
    }),
    throttled: Effect.map(Clock.currentTimeMillis, (at) => {
      if (at - slowedAt < slowDownSeconds * 1000) return
      recover(at)
      slowedAt = at
      rate = Math.max(rate / 2, maxPerSecond * slowestPart)
      nextAt = Math.max(nextAt, at + 1000 / rate)
      nextCodeAt = Math.max(nextCodeAt, at + 1000 / (rate * codesPart))
    }),
    current: Effect.map(Clock.currentTimeMillis, (at) => {
      recover(at)
      return rate
    })
  })
}

export const layer = (options: { readonly maxPerSecond: number }): Layer.Layer<SendRate> =>
  Layer.sync(SendRate, () => makeMemorySendRate(options))
