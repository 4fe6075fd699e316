// The pair of tokens for a session's current grant.
import { Effect } from "effect"
import type { User } from "../model/Account.ts"
import { accessTokenSeconds, expiresAt, type Session } from "../model/Session.ts"
import { TokenSigner } from "../ports/TokenSigner.ts"

export interface Tokens {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
  /** Seconds. */
  readonly refreshExpiresIn: number
  readonly user: User
}

export const issueTokens = Effect.fn("issueTokens")(function* (
  session: Session,
  user: User,
  at: Date
) {
  const signer = yield* TokenSigner
  const { id: userId, role } = user
  const { id: sessionId, current } = session
  const tokens: Tokens = {
    accessToken: yield* signer.signAccess({ userId, sessionId, role }, at),
    expiresIn: accessTokenSeconds,
    refreshToken: yield* signer.signRefresh({ userId, sessionId, ...current }),
    refreshExpiresIn: Math.floor((expiresAt(session).getTime() - at.getTime()) / 1000),
    user
  }
  return tokens
})
