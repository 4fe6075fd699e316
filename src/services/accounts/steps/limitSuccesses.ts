// The limits on right passwords, of an account and of a client. No person meets them; without them a few clients
// that log in to accounts of their own take all the hashing, and push older events out of the audit log.
import { Effect, Option } from "effect"
import { type RateLimited, RateLimiter } from "../../runtime/RateLimiter.ts"
import { clientLimits, type Limit } from "./limitClient.ts"
import type { LoginAttempt } from "./limitLogins.ts"

/**
 * Counts an attempt before it costs a hash, and takes it back where it fails: strangers use up nothing of an
 * account's, and nothing of a client's where it is a device that is known.
 */
export const limitSuccesses = Effect.fnUntraced(function* <A, E, R>(
  { account, client, device }: LoginAttempt,
  attempt: Effect.Effect<A, E, R>
) {
  const limiter = yield* RateLimiter
  const limits: ReadonlyArray<Limit> = [
    ["loginSuccessAccount", account],
    ...(Option.isNone(device) ? clientLimits("loginSuccessClient", client) : [])
  ]
  return yield* limits.reduceRight<Effect.Effect<A, E | RateLimited, R>>(
    (work, limit) =>
      Effect.andThen(
        limiter.take(...limit),
        Effect.onError(work, () => limiter.giveBack(...limit))
      ),
    attempt
  )
})
