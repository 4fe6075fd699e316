// A login: one document, whose refresh token changes with every use.
import { Option, Schema } from "effect"
import { SessionId, UserId } from "../../ids.ts"
import { addSeconds } from "../../time.ts"

export const accessTokenSeconds = 15 * 60
/** A session ends after this long without a refresh … */
export const idleSeconds = 14 * 24 * 3600
/** … and after this long in any case. */
export const absoluteSeconds = 90 * 24 * 3600
/** For this long a device is known, unless the account's password is set anew before. */
export const deviceTokenSeconds = absoluteSeconds
/** Of one account, those that live: more devices than anybody has, and few enough to look through. */
export const maxSessions = 100
/** For this long after its login a session may do what would let somebody else take the account over. */
export const recentLoginSeconds = 15 * 60
/** How long the token before the current one gets the current one again: tabs that refresh at once. */
export const graceSeconds = 30

/** The `jti` of a refresh token. */
export const TokenId = Schema.String.pipe(Schema.brand("TokenId"))
export type TokenId = typeof TokenId.Type

/** A refresh token as stored: enough to sign it again bit for bit. */
export const RefreshGrant = Schema.Struct({
  jti: TokenId,
  /** Seconds since the epoch, as in the token. */
  iat: Schema.Int,
  exp: Schema.Int
})
export type RefreshGrant = typeof RefreshGrant.Type

export const Session = Schema.Struct({
  id: SessionId,
  userId: UserId,
  /**
   * The account's when the session began. A session whose password has been changed since gives no more
   * tokens, also where nobody came to end it: a login that raced with the change, a crash after it.
   */
  passwordVersion: Schema.Int,
  current: RefreshGrant,
  /** The `jti` that `current` replaced, and when. */
  previous: Schema.OptionFromNullOr(Schema.Struct({ jti: TokenId, rotatedAt: Schema.Date })),
  createdAt: Schema.Date,
  absoluteExpiresAt: Schema.Date,
  endedAt: Schema.OptionFromNullOr(Schema.Date)
})
export type Session = typeof Session.Type

/** The grant that a login or a refresh at `at` gives. The store ends it at the absolute expiry too. */
export const nextGrant = (jti: TokenId, at: Date): RefreshGrant => {
  const iat = Math.floor(at.getTime() / 1000)
  return { jti, iat, exp: iat + idleSeconds }
}

/** The session of a login at `at`; `jti` is of its first refresh token. */
export const newSession = (
  { jti, ...login }: Pick<Session, "id" | "userId" | "passwordVersion"> & { readonly jti: TokenId },
  at: Date
): Session => ({
  ...login,
  current: nextGrant(jti, at),
  previous: Option.none(),
  createdAt: at,
  absoluteExpiresAt: addSeconds(at, absoluteSeconds),
  endedAt: Option.none()
})

/** When it ends unless it is refreshed before. */
export const expiresAt = ({ current, absoluteExpiresAt }: Session): Date =>
  new Date(Math.min(current.exp * 1000, absoluteExpiresAt.getTime()))

/** Whether it gives no more tokens at `at`: ended, idle for too long, or too old. */
export const isOver = (session: Session, at: Date): boolean =>
  Option.isSome(session.endedAt) || expiresAt(session) <= at

/** Whether its login was at most `recentLoginSeconds` before `at`; refreshes make it no younger. */
export const isRecentLogin = ({ createdAt }: Session, at: Date): boolean =>
  at.getTime() - createdAt.getTime() <= recentLoginSeconds * 1000

/** The last refresh, or the login. */
export const lastUsedAt = ({ previous, createdAt }: Session): Date =>
  Option.match(previous, {
    onNone: () => createdAt,
    onSome: ({ rotatedAt }) => rotatedAt
  })

/** Whether a refresh at `at` takes the token with this `jti`. */
export const isCurrentOrRepeat = (session: Session, jti: TokenId, at: Date): boolean =>
  session.current.jti === jti || isRepeat(session, jti, at)

/** Whether `jti` is of the token before the current one, and replaced less than the grace period ago. */
export const isRepeat = ({ previous }: Session, jti: TokenId, at: Date): boolean =>
  Option.exists(
    previous,
    (replaced) =>
      replaced.jti === jti && at.getTime() - replaced.rotatedAt.getTime() < graceSeconds * 1000
  )
