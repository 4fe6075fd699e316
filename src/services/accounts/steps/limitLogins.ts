// The limits on wrong passwords, of an account and of a client, wherever a password is asked for.
import { Effect } from "effect"
import { RateLimiter } from "../../runtime/RateLimiter.ts"
import { InvalidCredentials } from "../model/errors.ts"

/**
 * Lets the owner of an account, who has just set its password, in at once, whoever has guessed at the one
 * before. What a client has failed stays counted: by a reset of an account of its own it could guess on at
 * others.
 *
 * @param account a normalized email
 */
export const clearFailures = (account: string) =>
  RateLimiter.use((limiter) => limiter.clear("loginAccount", account))

/**
 * Counts an attempt before its outcome is known, so that attempts at the same time cannot slip past
 * the limit, and takes it back unless the answer was that the credentials are wrong.
 *
 * @param account a normalized email
 * @param client the client's address
 */
export const limitLogins = Effect.fnUntraced(function* <A, E, R>(
  account: string,
  client: string,
  attempt: Effect.Effect<A, E | InvalidCredentials, R>
) {
  const limiter = yield* RateLimiter
  yield* limiter.take("loginClient", client)
  yield* limiter.take("loginAccount", account)
  const giveBack = Effect.andThen(
    limiter.giveBack("loginClient", client),
    limiter.giveBack("loginAccount", account)
  )
  return yield* attempt.pipe(
    Effect.tap(() => giveBack),
    Effect.tapError((error) => (error instanceof InvalidCredentials ? Effect.void : giveBack)),
    Effect.onInterrupt(() => giveBack)
  )
})
