// The limits on right passwords, of an account and of a client. No person meets them; without them a few clients
// that log in to accounts of their own take all the hashing, and push older events out of the audit log.
import { Effect } from "effect"
import { RateLimiter, type RateRuleName } from "../../runtime/RateLimiter.ts"

/**
 * Counts an attempt before it costs a hash, and takes it back where it fails: strangers use up nothing of an
 * account's.
 *
 * @param account a normalized email
 * @param client the client's address
 */
export const limitSuccesses = Effect.fnUntraced(function* <A, E, R>(
  account: string,
  client: string,
  attempt: Effect.Effect<A, E, R>
) {
  const limiter = yield* RateLimiter
  const counted = <B, F, S>(rule: RateRuleName, subject: string, work: Effect.Effect<B, F, S>) =>
    Effect.andThen(
      limiter.take(rule, subject),
      Effect.onError(work, () => limiter.giveBack(rule, subject))
    )
  return yield* counted(
    "loginSuccessAccount",
    account,
    counted("loginSuccessClient", client, attempt)
  )
})
