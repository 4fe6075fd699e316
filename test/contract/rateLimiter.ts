// What every RateLimiter owes: exactly the limit passes in a window, however many ask concurrently.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, type Layer } from "effect"
import { RateLimiter, rateRules } from "../../src/services/runtime/RateLimiter.ts"
import { metricValue } from "../metricValue.ts"

export interface RateLimiterSubject {
  readonly layer: (options: { readonly factor: number }) => Layer.Layer<RateLimiter>
  /** Lets so much of the windows go by. */
  readonly pass: (seconds: number) => Effect.Effect<void>
}

export const aSubject = (): string => `${crypto.randomUUID()}@example.com`

export const rateLimiterContract = (name: string, { layer, pass }: RateLimiterSubject): void => {
  const { limit, windowSeconds } = rateRules.loginAccount

  const takeAll = (times: number, subject: string) =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter
      const one = Effect.exit(limiter.take("loginAccount", subject))
      const exits = yield* Effect.all(Array<typeof one>(times).fill(one), {
        concurrency: "unbounded"
      })
      return exits.filter(Exit.isSuccess).length
    })

  describe(name, () => {
    it.effect("counts down the remaining uses, and says when more are allowed", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        for (let used = 1; used <= limit; used++) {
          const quota = yield* limiter.take("loginAccount", subject)
          assert.deepInclude(quota, { limit, windowSeconds, remaining: limit - used })
          assert.isTrue(Number.isInteger(quota.resetSeconds))
          assert.isAtMost(quota.resetSeconds, windowSeconds)
          assert.isAtLeast(quota.resetSeconds, windowSeconds - 1)
        }
        const refused = yield* Effect.flip(limiter.take("loginAccount", subject))
        assert.strictEqual(refused._tag, "RateLimited")
        assert.strictEqual(refused.rule, "loginAccount")
        assert.deepInclude(refused.quota, { limit, windowSeconds, remaining: 0 })
        assert.isAtLeast(refused.quota.resetSeconds, windowSeconds - 1)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("counts its refusals by limit, also those of a check", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const refusals = Effect.map(
          metricValue("rate_limit_refusals_total", { limit: "loginAccount" }),
          (value = 0) => value
        )
        const subject = aSubject()
        const before = yield* refusals
        yield* takeAll(limit, subject)
        assert.strictEqual((yield* refusals) - before, 0)
        yield* takeAll(2, subject)
        yield* Effect.flip(limiter.check("loginAccount", subject))
        assert.strictEqual((yield* refusals) - before, 3)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("allows exactly the limit of 100 concurrent takes", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* takeAll(100, aSubject()), limit)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("counts each rule and each subject apart", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* takeAll(limit, subject)
        yield* limiter.take("loginClient", subject)
        yield* limiter.take("loginAccount", aSubject())
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("starts again when the window has ended, and not before", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* limiter.take("loginAccount", subject)
        yield* pass(windowSeconds / 2)
        // Later uses, and refused ones, do not move the end.
        assert.strictEqual(yield* takeAll(limit, subject), limit - 1)
        yield* pass(windowSeconds / 2 - 10)
        assert.strictEqual(yield* takeAll(1, subject), 0)
        yield* pass(10)
        assert.strictEqual(yield* takeAll(limit + 1, subject), limit)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("refuses a check where it would refuse a take, and counts none", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        const check = limiter.check("loginAccount", subject)
        yield* check
        yield* pass(windowSeconds / 2)
        yield* takeAll(limit - 1, subject)
        yield* Effect.all(Array<typeof check>(20).fill(check), { concurrency: "unbounded" })
        const last = yield* limiter.take("loginAccount", subject)
        assert.deepInclude(last, { limit, windowSeconds, remaining: 0 })
        // The first take began the window, not the check before it.
        assert.isAtLeast(last.resetSeconds, windowSeconds - 1)
        const refused = yield* Effect.flip(check)
        assert.strictEqual(refused.rule, "loginAccount")
        assert.deepInclude(refused.quota, { limit, windowSeconds, remaining: 0 })
        assert.isAtLeast(refused.quota.resetSeconds, windowSeconds - 1)
        yield* limiter.check("loginAccount", aSubject())
        yield* limiter.giveBack("loginAccount", subject)
        yield* check
        yield* takeAll(1, subject)
        yield* Effect.flip(check)
        yield* pass(windowSeconds)
        yield* check
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("allows one more for each use that is given back", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* takeAll(limit, subject)
        yield* limiter.giveBack("loginAccount", subject)
        yield* limiter.giveBack("loginAccount", subject)
        assert.strictEqual(yield* takeAll(5, subject), 2)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("does not count what it refuses", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* takeAll(limit + 20, subject)
        yield* limiter.giveBack("loginAccount", subject)
        assert.strictEqual(yield* takeAll(5, subject), 1)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("allows exactly the limit of concurrent takes, also while uses are given back", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        // Concurrent right passwords: some may be refused meanwhile, and in the end nothing counts.
        const login = Effect.tap(limiter.take("loginAccount", subject), () =>
          limiter.giveBack("loginAccount", subject)
        )
        const logins = yield* Effect.all(Array<typeof login>(100).fill(login), {
          concurrency: "unbounded",
          mode: "result"
        })
        assert.isTrue(logins.some(({ _tag }) => _tag === "Success"))
        assert.strictEqual(yield* takeAll(limit + 5, subject), limit)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("gives back no use of a window that has ended", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* takeAll(1, subject)
        yield* pass(windowSeconds)
        yield* limiter.giveBack("loginAccount", subject)
        assert.strictEqual(yield* takeAll(limit + 5, subject), limit)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("gives back no more than was taken", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* takeAll(1, subject)
        for (let i = 0; i < 3; i++) yield* limiter.giveBack("loginAccount", subject)
        assert.strictEqual(yield* takeAll(limit + 5, subject), limit)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("forgets all uses of a cleared subject, and of no other", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const [subject, other] = [aSubject(), aSubject()]
        yield* takeAll(limit + 5, subject)
        yield* takeAll(limit, other)
        const { remaining } = yield* limiter.take("loginClient", subject)
        yield* limiter.clear("loginAccount", subject)
        assert.strictEqual(yield* takeAll(limit + 5, subject), limit)
        assert.strictEqual(yield* takeAll(1, other), 0)
        const next = yield* limiter.take("loginClient", subject)
        assert.strictEqual(next.remaining, remaining - 1)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("begins a new window after a clear, also without earlier uses", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* limiter.clear("loginAccount", subject)
        yield* takeAll(limit, subject)
        yield* pass(windowSeconds / 2)
        yield* limiter.clear("loginAccount", subject)
        assert.strictEqual(yield* takeAll(limit, subject), limit)
        yield* pass(windowSeconds / 2)
        assert.strictEqual(yield* takeAll(1, subject), 0)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("gives back no use of a cleared subject", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* takeAll(1, subject)
        yield* limiter.clear("loginAccount", subject)
        yield* limiter.giveBack("loginAccount", subject)
        assert.strictEqual(yield* takeAll(limit + 5, subject), limit)
      }).pipe(Effect.provide(layer({ factor: 1 })))
    )

    it.effect("multiplies limits by the factor", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* takeAll(100, aSubject()), limit * 3)
      }).pipe(Effect.provide(layer({ factor: 3 })))
    )

    it.effect("never lets the factor take a limit below one", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* takeAll(5, aSubject()), 1)
      }).pipe(Effect.provide(layer({ factor: 0.0001 })))
    )
  })
}
