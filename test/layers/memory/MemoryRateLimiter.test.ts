import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as MemoryRateLimiter from "../../../src/layers/memory/MemoryRateLimiter.ts"
import { RateLimiter, rateRules } from "../../../src/services/runtime/RateLimiter.ts"
import { rateLimiterContract } from "../../contract/rateLimiter.ts"

rateLimiterContract("RateLimiter in memory", {
  layer: MemoryRateLimiter.layer,
  pass: (seconds) => TestClock.adjust(seconds * 1000)
})

describe("MemoryRateLimiter", () => {
  it.effect("forgets the subject whose window ends first once it holds 50,000 of a rule", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter
      const exhaust = Effect.forEach(Array.from({ length: rateRules.loginAccount.limit }), () =>
        limiter.take("loginAccount", "first")
      )
      yield* exhaust
      yield* Effect.forEach(Array.from({ length: 49_999 }), (_, i) =>
        limiter.take("loginAccount", `other ${i}`)
      )
      // Another rule's subjects take no room from this one's, and asking for a known one takes none.
      yield* limiter.take("loginClient", "first")
      yield* Effect.flip(limiter.take("loginAccount", "first"))
      yield* limiter.take("loginAccount", "one too many")
      yield* exhaust
    }).pipe(Effect.provide(MemoryRateLimiter.layer({ factor: 1 })))
  )
})
