// The limits on passwords, for every use case that checks one: by account and client for unknown devices, and
// separately for a known device and a live session, so that strangers can't lock the owner out. Failures of an account
// or a device, and right passwords, are counted when the outcome is known: concurrent attempts then have the same
// results as in sequence, in the order in which they end.
import { Effect, Option } from "effect"
import type { DeviceId, SessionId } from "../../ids.ts"
import { RateLimited, RateLimiter } from "../../runtime/RateLimiter.ts"
import { InvalidCredentials } from "../model/errors.ts"
import { clientLimits, type Limit } from "./limitClient.ts"

/**
 * Clears the account's count of failures after its owner has set a password, so that guesses at the old one do not
 * keep the owner out. The client's own count stays: an attacker could otherwise reset their own account to go on
 * guessing at others.
 *
 * @param account a normalized email
 */
export const clearFailures = (account: string) =>
  RateLimiter.use((limiter) => limiter.clear("loginAccount", account))

/** The caller who tries a password: `account` is a normalized email, `client` the client's address. */
export interface LoginAttempt {
  readonly account: string
  readonly client: string
  readonly device: Option.Option<DeviceId>
}

interface LoginLimits {
  /** Failures are counted when the attempt ends. */
  readonly failures: ReadonlyArray<Limit>
  /**
   * Right passwords are counted when the attempt ends. No person meets these limits; without them a few clients
   * that log in to accounts of their own take all the hashing, and push older events out of the audit log.
   */
  readonly successes: ReadonlyArray<Limit>
  /** Failures are counted before the attempt, so that the limit bounds the hashes in flight as well. */
  readonly reserved: ReadonlyArray<Limit>
}

const limitsOf = ({ account, client, device }: LoginAttempt): LoginLimits => {
  const ofAccount: Limit = ["loginSuccessAccount", account]
  return Option.match(device, {
    onNone: () => ({
      failures: [["loginAccount", account]],
      successes: [ofAccount, ...clientLimits("loginSuccessClient", client)],
      reserved: clientLimits("loginClient", client)
    }),
    onSome: (id) => ({ failures: [["loginDevice", id]], successes: [ofAccount], reserved: [] })
  })
}

const check = Effect.fnUntraced(function* (limits: ReadonlyArray<Limit>) {
  const limiter = yield* RateLimiter
  for (const limit of limits) yield* limiter.check(...limit)
})

const take = Effect.fnUntraced(function* (limits: ReadonlyArray<Limit>) {
  const limiter = yield* RateLimiter
  for (const limit of limits) yield* limiter.take(...limit)
})

/**
 * Once the failures fill the limit, the answer is the same refusal after as many calls for a right and for a
 * wrong password: guesses that are in flight by then tell nothing. So `attempt` must leave no trace of its own.
 */
export const limitLogins = Effect.fnUntraced(function* <A, E, R>(
  who: LoginAttempt,
  attempt: Effect.Effect<A, E | InvalidCredentials, R>
) {
  const { failures, successes, reserved } = limitsOf(who)
  yield* check(failures)
  yield* check(successes)
  const settled = attempt.pipe(
    Effect.tapError((error) =>
      error instanceof InvalidCredentials ? take(failures) : Effect.void
    ),
    Effect.tap(() => check(failures)),
    Effect.tap(() => take(successes))
  )
  return yield* reserve(reserved, settled)
})

/** By session: a thief with its access token must not guess the password. */
export const limitPasswordChanges = <A, E, R>(
  session: SessionId,
  attempt: Effect.Effect<A, E | InvalidCredentials, R>
) => reserve([["passwordSession", session]], attempt)

/**
 * Counts an attempt before its outcome is known, and takes it back unless the answer was that the credentials
 * are wrong, or a refusal that says nothing of them.
 */
const reserve = Effect.fnUntraced(function* <A, E, R>(
  limits: ReadonlyArray<Limit>,
  attempt: Effect.Effect<A, E, R>
) {
  const limiter = yield* RateLimiter
  yield* take(limits)
  const giveBack = Effect.forEach(limits, (limit) => limiter.giveBack(...limit))
  return yield* attempt.pipe(
    Effect.tap(() => giveBack),
    Effect.tapError((error) =>
      error instanceof InvalidCredentials || error instanceof RateLimited ? Effect.void : giveBack
    ),
    Effect.onInterrupt(() => giveBack)
  )
})
