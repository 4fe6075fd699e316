// Port: the two kinds of token. Neither passes for the other.
import { Context, Data, type Effect } from "effect"
import type { SessionId, UserId } from "../../ids.ts"
import type { Principal } from "../../Principal.ts"
import type { TokenId } from "../model/Session.ts"

export interface RefreshClaims {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly jti: TokenId
  /** Seconds since the epoch. */
  readonly iat: number
  readonly exp: number
}

/**
 * Not one of our tokens, or not of this kind: forged, garbled, wrong algorithm, type or audience, a claim
 * missing or too many, a longer life than its kind has, or issued later than a minute from now.
 */
export class InvalidToken extends Data.TaggedError("InvalidToken")<Record<never, never>> {}
export class TokenExpired extends Data.TaggedError("TokenExpired")<Record<never, never>> {}

export class TokenSigner extends Context.Service<
  TokenSigner,
  {
    /** Signs with the first key; lives `accessTokenSeconds` from `at`. */
    readonly signAccess: (principal: Principal, at: Date) => Effect.Effect<string>
    readonly verifyAccess: (token: string) => Effect.Effect<Principal, InvalidToken | TokenExpired>
    /** The same claims give the same token, bit for bit. It lives `idleSeconds` at most. */
    readonly signRefresh: (claims: RefreshClaims) => Effect.Effect<string>
    readonly verifyRefresh: (
      token: string
    ) => Effect.Effect<RefreshClaims, InvalidToken | TokenExpired>
  }
>()("services/accounts/TokenSigner") {}
