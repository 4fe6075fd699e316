// A login: one document, whose refresh token changes with every use.
import { Option, Schema } from "effect"
import { SessionId, UserId } from "../../ids.ts"
import { addSeconds } from "../../time.ts"

export const accessTokenSeconds = 15 * 60
/** A session ends after this long without a refresh … */
export const idleSeconds = 14 * 24 * 3600
/** … and after this long in any case. */
export const absoluteSeconds = 90 * 24 * 3600
/** For this long a device is known, unless the account's password is set again before. */
export const deviceTokenSeconds = absoluteSeconds
/** At the operators' console a session ends after this long without a requested page … */
export const consoleIdleSeconds = 30 * 60
/** … and after this long in any case. */
export const consoleAbsoluteSeconds = 12 * 3600
/** Live sessions of one account: more than a person has devices, and few enough to look through. */
export const maxSessions = 100
/** For this long after its login a session may make changes by which a thief could take over the account. */
export const recentLoginSeconds = 15 * 60
/** How long the previous token still gets the current one: two tabs may refresh in the same moment. */
export const graceSeconds = 30
/** How long it gets it once more after the grace period, see `judgeToken`: the answer to a refresh was lost. */
export const lateRepeatSeconds = 24 * 3600

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
   * tokens, also if nothing ended it: a login that raced with the change, a crash after it.
   */
  passwordVersion: Schema.Int,
  current: RefreshGrant,
  /** The `jti` that `current` replaced, and when. */
  previous: Schema.OptionFromNullOr(Schema.Struct({ jti: TokenId, rotatedAt: Schema.Date })),
  /** The last repeat after the grace period: the `jti` that was handed out again, and when. */
  lateRepeat: Schema.OptionFromNullOr(Schema.Struct({ gave: TokenId, at: Schema.Date })),
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
  lateRepeat: Option.none(),
  createdAt: at,
  absoluteExpiresAt: addSeconds(at, absoluteSeconds),
  endedAt: Option.none()
})

/** When it ends without a further refresh. */
export const expiresAt = ({ current, absoluteExpiresAt }: Session): Date =>
  new Date(Math.min(current.exp * 1000, absoluteExpiresAt.getTime()))

/** Whether it gives no more tokens at `at`: ended, idle for too long, or too old. */
export const isOver = (session: Session, at: Date): boolean =>
  Option.isSome(session.endedAt) || expiresAt(session) <= at

/** Whether its login was at most `recentLoginSeconds` before `at`; a refresh does not count as a login. */
export const isRecentLogin = ({ createdAt }: Session, at: Date): boolean =>
  at.getTime() - createdAt.getTime() <= recentLoginSeconds * 1000

/** The last refresh, or the login. */
export const lastUsedAt = ({ previous, createdAt }: Session): Date =>
  Option.match(previous, {
    onNone: () => createdAt,
    onSome: ({ rotatedAt }) => rotatedAt
  })

/** What a live session does with one of its tokens at a refresh. */
export type TokenVerdict =
  /** Replaces it by the next one. */
  | "Rotated"
  /** Returns the current one again for the previous one. */
  | "Repeated"
  /** The same after the grace period, once. */
  | "RepeatedLate"
  /** Ends: the token was used before, by its owner or by a thief. */
  | "Reused"

/**
 * A repeat after the grace period comes from a client that lost the answer, or from a thief. The current token was
 * not exchanged yet, so nothing says which. The session goes on, and the two then hold the same token: the second of
 * them to use it has to be noticed. So a token that was handed out late gets no late repeat itself. A late repeat
 * begins a grace period of its own: tabs that lost one answer come back at the same time.
 */
export const judgeToken = (
  { current, previous, lateRepeat }: Session,
  jti: TokenId,
  at: Date
): TokenVerdict => {
  if (current.jti === jti) return "Rotated"
  if (Option.isNone(previous) || previous.value.jti !== jti) return "Reused"
  const isWithin = (seconds: number, since: Date) => at.getTime() - since.getTime() < seconds * 1000
  const { rotatedAt } = previous.value
  const gave = (token: TokenId) => Option.filter(lateRepeat, (late) => late.gave === token)
  if (
    isWithin(graceSeconds, rotatedAt) ||
    Option.exists(gave(current.jti), (late) => isWithin(graceSeconds, late.at))
  )
    return "Repeated"
  const mayRepeat = Option.isNone(gave(current.jti)) && Option.isNone(gave(jti))
  return mayRepeat && isWithin(lateRepeatSeconds, rotatedAt) ? "RepeatedLate" : "Reused"
}

/** A refresh as the session sees it. */
export interface Presentation {
  /** The `jti` of the token that was presented. */
  readonly presented: TokenId
  /** What replaces it, if it is the current one. */
  readonly next: RefreshGrant
  readonly at: Date
}

/** The session after a refresh that `judgeToken` has judged. */
export const afterRefresh = (
  session: Session,
  verdict: TokenVerdict,
  { presented, next, at }: Presentation
): Session => {
  switch (verdict) {
    case "Rotated":
      return { ...session, current: next, previous: Option.some({ jti: presented, rotatedAt: at }) }
    case "Repeated":
      return session
    case "RepeatedLate":
      return { ...session, lateRepeat: Option.some({ gave: session.current.jti, at }) }
    case "Reused":
      return { ...session, endedAt: Option.some(at) }
  }
}
