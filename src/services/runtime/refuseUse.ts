// How a limiter refuses a use: counted by its limit, for every adapter, and also when no client gets the refusal.
import { Effect } from "effect"
import { countRefusal } from "../metrics.ts"
import { type Quota, RateLimited, type RateRuleName } from "./RateLimiter.ts"

export const refuseUse = (rule: RateRuleName, quota: Quota): Effect.Effect<never, RateLimited> =>
  Effect.andThen(countRefusal[rule], Effect.fail(new RateLimited({ rule, quota })))
