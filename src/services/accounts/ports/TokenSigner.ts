// Port: the four kinds of token. None is accepted as another.
import { Context, Data, type Effect } from "effect"
import type { DeviceId, SessionId, UserId } from "../../ids.ts"
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

/** Of a device that has logged in to an account while its password was of this version. */
export interface DeviceClaims {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly passwordVersion: number
}

/** Of a session at the operators' console. */
export interface ConsoleClaims {
  readonly userId: UserId
  readonly sessionId: SessionId
  /** The key that the console's forms must repeat: a page of another site can't read it. */
  readonly formKey: string
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
    /** Signs with the first key; valid for `accessTokenSeconds` from `at`. */
    readonly signAccess: (principal: Principal, at: Date) => Effect.Effect<string>
    readonly verifyAccess: (token: string) => Effect.Effect<Principal, InvalidToken | TokenExpired>
    /** The same claims give the same token, bit for bit. It is valid for at most `idleSeconds`. */
    readonly signRefresh: (claims: RefreshClaims) => Effect.Effect<string>
    readonly verifyRefresh: (
      token: string
    ) => Effect.Effect<RefreshClaims, InvalidToken | TokenExpired>
    /** Valid for `deviceTokenSeconds` from `at`. */
    readonly signDevice: (claims: DeviceClaims, at: Date) => Effect.Effect<string>
    readonly verifyDevice: (
      token: string
    ) => Effect.Effect<DeviceClaims, InvalidToken | TokenExpired>
    /** Valid for `consoleIdleSeconds` from `at`. */
    readonly signConsole: (claims: ConsoleClaims, at: Date) => Effect.Effect<string>
    /** `issuedAt`: to the second. */
    readonly verifyConsole: (
      token: string
    ) => Effect.Effect<ConsoleClaims & { readonly issuedAt: Date }, InvalidToken | TokenExpired>
  }
>()("services/accounts/TokenSigner") {}
