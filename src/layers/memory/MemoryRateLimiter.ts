// RateLimiter in the memory of one process: fixed windows that begin with the first use, by Clock. Written here because
// Effect's RateLimiter (unstable) can't give back a use, extends a window with each use and never removes a key, and
// the memory limiter of rate-limiter-flexible uses the system's clock, sets a timer per key and stores any number of
// keys.
import { Clock, Effect, Layer } from "effect"
import {
  type Quota,
  quotaOf,
  type RateLimited,
  RateLimiter,
  type RateRuleName,
  scaledRule
} from "../../services/runtime/RateLimiter.ts"
import { refuseUse } from "../../services/runtime/refuseUse.ts"

interface Window {
  count: number
  readonly endsAt: number
}

/**
 * Subjects remembered per rule. Beyond it the window that ends first is forgotten: under a flood of
 * subjects a limit may start again early, which is better than to refuse all new subjects.
 */
const capacity = 50_000

/** `factor` multiplies every limit. */
export const makeMemoryRateLimiter = ({
  factor
}: {
  readonly factor: number
}): RateLimiter["Service"] => {
  // Windows of one rule are equally long, so a map's order is also the order in which they end.
  const windows = new Map<RateRuleName, Map<string, Window>>()

  /** Those that have not ended. */
  const windowsOf = (rule: RateRuleName, now: number): Map<string, Window> => {
    const known = windows.get(rule) ?? new Map<string, Window>()
    windows.set(rule, known)
    for (const [subject, { endsAt }] of known) {
      if (endsAt > now) break
      known.delete(subject)
    }
    return known
  }

  const open = (known: Map<string, Window>, subject: string, endsAt: number): Window => {
    for (const first of known.keys()) {
      if (known.size < capacity) break
      known.delete(first)
    }
    const window = { count: 0, endsAt }
    known.set(subject, window)
    return window
  }

  const take = (
    rule: RateRuleName,
    subject: string,
    now: number
  ): Effect.Effect<Quota, RateLimited> => {
    const scaled = scaledRule(rule, factor)
    const known = windowsOf(rule, now)
    const window = known.get(subject) ?? open(known, subject, now + scaled.windowSeconds * 1000)
    const millis = window.endsAt - now
    if (window.count >= scaled.limit) return refuseUse(rule, quotaOf(scaled, window.count, millis))
    window.count += 1
    return Effect.succeed(quotaOf(scaled, window.count, millis))
  }

  const check = (
    rule: RateRuleName,
    subject: string,
    now: number
  ): Effect.Effect<void, RateLimited> => {
    const scaled = scaledRule(rule, factor)
    const window = windowsOf(rule, now).get(subject)
    if (window === undefined || window.count < scaled.limit) return Effect.void
    return refuseUse(rule, quotaOf(scaled, window.count, window.endsAt - now))
  }

  const giveBack = (rule: RateRuleName, subject: string, now: number): void => {
    const known = windowsOf(rule, now)
    const window = known.get(subject)
    if (window === undefined) return
    window.count -= 1
    if (window.count === 0) known.delete(subject)
  }

  return {
    take: (rule, subject) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => take(rule, subject, now)),
    check: (rule, subject) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => check(rule, subject, now)),
    giveBack: (rule, subject) =>
      Effect.map(Clock.currentTimeMillis, (now) => giveBack(rule, subject, now)),
    clear: (rule, subject) =>
      Effect.sync(() => {
        windows.get(rule)?.delete(subject)
      })
  }
}

export const layer = (options: { readonly factor: number }): Layer.Layer<RateLimiter> =>
  Layer.sync(RateLimiter, () => makeMemoryRateLimiter(options))
