// The limits on wrong passwords, wherever one is asked for: of an account and of a client as long as it is a
// stranger who asks, and of its own for a known device and for a live session, so that strangers keep nobody
// out.
import { Effect, Option } from "effect"
import type { DeviceId, SessionId } from "../../ids.ts"
import { RateLimiter } from "../../runtime/RateLimiter.ts"
import { InvalidCredentials } from "../model/errors.ts"
import { clientLimits, type Limit } from "./limitClient.ts"

/**
 * Lets the owner of an account, who has just set its password, in at once, whoever has guessed at the one
 * before. What a client has failed stays counted: by a reset of an account of its own it could guess on at
 * others.
 *
 * @param account a normalized email
 */
export const clearFailures = (account: string) =>
  RateLimiter.use((limiter) => limiter.clear("loginAccount", account))

/** Who tries a password: `account` is a normalized email, `client` the client's address. */
export interface LoginAttempt {
  readonly account: string
  readonly client: string
  readonly device: Option.Option<DeviceId>
}

export const limitLogins = <A, E, R>(
  { account, client, device }: LoginAttempt,
  attempt: Effect.Effect<A, E | InvalidCredentials, R>
) =>
  limitFailures(
    Option.match(device, {
      onNone: (): ReadonlyArray<Limit> => [
        ...clientLimits("loginClient", client),
        ["loginAccount", account]
      ],
      onSome: (id) => [["loginDevice", id]]
    }),
    attempt
  )

/** By session: whoever has stolen its access token must not guess the password by it. */
export const limitPasswordChanges = <A, E, R>(
  session: SessionId,
  attempt: Effect.Effect<A, E | InvalidCredentials, R>
) => limitFailures([["passwordSession", session]], attempt)

/**
 * Counts an attempt before its outcome is known, so that attempts at the same time cannot slip past
 * a limit, and takes it back unless the answer was that the credentials are wrong.
 */
const limitFailures = Effect.fnUntraced(function* <A, E, R>(
  limits: ReadonlyArray<Limit>,
  attempt: Effect.Effect<A, E | InvalidCredentials, R>
) {
  const limiter = yield* RateLimiter
  for (const limit of limits) yield* limiter.take(...limit)
  const giveBack = Effect.forEach(limits, (limit) => limiter.giveBack(...limit))
  return yield* attempt.pipe(
    Effect.tap(() => giveBack),
    Effect.tapError((error) => (error instanceof InvalidCredentials ? Effect.void : giveBack)),
    Effect.onInterrupt(() => giveBack)
  )
})
