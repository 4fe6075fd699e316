// TokenSigner on hono/jwt, HS256 only. This file checks what the library does not: the exact header, the exact claims
// with kind, issuer and audience, the lifetime of the kind, and the expiry by Clock. A token with any further header or
// claim is refused. Sections are of RFC 8725, the best current practice for JSON Web Tokens, where no other RFC is
// named.
import { Clock, Effect, Layer, Option, Redacted, Schema } from "effect"
import { decode, sign, verify } from "hono/jwt"
import { JwtTokenSignatureMismatched } from "hono/utils/jwt/types"
import {
  accessTokenSeconds,
  consoleIdleSeconds,
  deviceTokenSeconds,
  idleSeconds,
  TokenId
} from "../../services/accounts/model/Session.ts"
import {
  InvalidToken,
  TokenExpired,
  TokenSigner
} from "../../services/accounts/ports/TokenSigner.ts"
import { DeviceId, SessionId, UserId } from "../../services/ids.ts"
import { type Principal, roles } from "../../services/Principal.ts"
import { leastRecentlyUsed } from "../runtime/leastRecentlyUsed.ts"
import type { Secrets } from "./Secrets.ts"

export interface TokenSignerOptions {
  readonly accessSecrets: Secrets
  readonly refreshSecrets: Secrets
}

const alg = "HS256"
const issuer = "order-processing"
const audience = "order-processing/api"

/** Ours have about 400 characters. */
const maxLength = 2048

/** How many verified access tokens are remembered: about 5 MB when full. */
const rememberedTokens = 10_000

/** Three parts, the last as 32 bytes are written: no padding, no idle bits, one spelling per token. */
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/

/**
 * Seconds by which the clock of a process that signs may be ahead of one that verifies: far more than
 * machines with time synchronization differ by, and RFC 7519 (section 4.1.4) calls a few minutes usual.
 * Expiry has no such leeway: who is late refreshes.
 */
const clockSkewSeconds = 60

const exact = { onExcessProperty: "error" } as const

/**
 * Nothing else may stand in the header, least of all another algorithm (section 3.1), a key or where to
 * find one (section 3.10), or a critical extension (RFC 7515, section 4.1.11).
 */
const isHeader = Schema.decodeUnknownOption(
  Schema.Struct({ alg: Schema.Literal(alg), typ: Schema.Literal("JWT") }),
  exact
)

/** Section 3.8 requires issuer and subject, section 3.9 the audience; our tokens never have a list of audiences. */
const common = {
  iss: Schema.Literal(issuer),
  aud: Schema.Literal(audience),
  sub: UserId.check(Schema.isNonEmpty()),
  iat: Schema.Int,
  exp: Schema.Int
}
const ofSession = { ...common, sid: SessionId.check(Schema.isNonEmpty()) }

/** Kinds exclude each other by key, by `typ`, and by the claims that each must and may have (section 3.12). */
const accessKind = {
  claims: Schema.decodeUnknownOption(
    Schema.Struct({ ...ofSession, typ: Schema.Literal("access"), role: Schema.Literals(roles) }),
    exact
  ),
  seconds: accessTokenSeconds
}
const refreshKind = {
  claims: Schema.decodeUnknownOption(
    Schema.Struct({
      ...ofSession,
      typ: Schema.Literal("refresh"),
      jti: TokenId.check(Schema.isNonEmpty())
    }),
    exact
  ),
  seconds: idleSeconds
}
/** By the refresh tokens' key: both go to where a person logs in, and nowhere else. */
const deviceKind = {
  claims: Schema.decodeUnknownOption(
    Schema.Struct({
      ...common,
      typ: Schema.Literal("device"),
      did: DeviceId.check(Schema.isNonEmpty()),
      pwv: Schema.Int
    }),
    exact
  ),
  seconds: deviceTokenSeconds
}
/** By the refresh tokens' key too: it goes to the console alone. */
const consoleKind = {
  claims: Schema.decodeUnknownOption(
    Schema.Struct({
      ...ofSession,
      typ: Schema.Literal("console"),
      key: Schema.String.check(Schema.isNonEmpty())
    }),
    exact
  ),
  seconds: consoleIdleSeconds
}

interface Kind<Claims> {
  readonly claims: (payload: unknown) => Option.Option<Claims>
  /** The longest life time. Lowering it ends issued tokens that are older. */
  readonly seconds: number
}

export const layer = (options: TokenSignerOptions): Layer.Layer<TokenSigner> =>
  Layer.effect(
    TokenSigner,
    Effect.gen(function* () {
      const access = yield* keysOf(options.accessSecrets)
      const refresh = yield* keysOf(options.refreshSecrets)
      // Values only, never a pending verification: requests may not share work on every host.
      const verified = leastRecentlyUsed<string, { principal: Principal; exp: number }>(
        rememberedTokens
      )

      const verifyUnknown = Effect.fnUntraced(function* (token: string) {
        const { sub, sid, role, exp } = yield* claimsOf(token, access, accessKind)
        const principal = { userId: sub, sessionId: sid, role }
        verified.set(token, { principal, exp })
        return principal
      })

      return TokenSigner.of({
        signAccess: ({ userId, sessionId, role }, at) =>
          signedFrom(at, access[0], accessKind, {
            sub: userId,
            sid: sessionId,
            role,
            typ: "access"
          }),
        verifyAccess: (token) =>
          Effect.suspend(() => {
            const known = verified.get(token)
            if (known === undefined) return verifyUnknown(token)
            return Effect.flatMap(isOver(known.exp), (over) => {
              if (!over) return Effect.succeed(known.principal)
              verified.delete(token)
              return Effect.fail(new TokenExpired())
            })
          }),
        signRefresh: ({ userId, sessionId, jti, iat, exp }) =>
          signed(refresh[0], {
            sub: userId,
            sid: sessionId,
            typ: "refresh",
            iat,
            exp,
            jti
          }),
        verifyRefresh: Effect.fnUntraced(function* (token) {
          const { sub, sid, jti, iat, exp } = yield* claimsOf(token, refresh, refreshKind)
          return { userId: sub, sessionId: sid, jti, iat, exp }
        }),
        signDevice: ({ userId, deviceId, passwordVersion }, at) =>
          signedFrom(at, refresh[0], deviceKind, {
            sub: userId,
            did: deviceId,
            pwv: passwordVersion,
            typ: "device"
          }),
        verifyDevice: Effect.fnUntraced(function* (token) {
          const { sub, did, pwv } = yield* claimsOf(token, refresh, deviceKind)
          return { userId: sub, deviceId: did, passwordVersion: pwv }
        }),
        signConsole: ({ userId, sessionId, formKey }, at) =>
          signedFrom(at, refresh[0], consoleKind, {
            sub: userId,
            sid: sessionId,
            key: formKey,
            typ: "console"
          }),
        verifyConsole: Effect.fnUntraced(function* (token) {
          const { sub, sid, key, iat } = yield* claimsOf(token, refresh, consoleKind)
          return { userId: sub, sessionId: sid, formKey: key, issuedAt: new Date(iat * 1000) }
        })
      })
    })
  )

type Keys = readonly [CryptoKey, ...ReadonlyArray<CryptoKey>]

/**
 * As keys of WebCrypto, which nothing can read out. The library would take a string that holds "PUBLIC" or "PRIVATE"
 * for a PEM file, and import it for every token.
 */
const keysOf = ([first, ...rest]: Secrets): Effect.Effect<Keys> =>
  Effect.promise(async () => [await keyOf(first), ...(await Promise.all(rest.map(keyOf)))])

const keyOf = (secret: Redacted.Redacted): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(Redacted.value(secret)),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"]
  )

const signed = (key: CryptoKey, claims: Record<string, string | number>) =>
  Effect.promise(() => sign({ iss: issuer, aud: audience, ...claims }, key, alg))

/** A token that lives from `at` as long as its kind may. */
const signedFrom = (
  at: Date,
  key: CryptoKey,
  { seconds }: { readonly seconds: number },
  claims: Record<string, string | number>
) => {
  const iat = Math.floor(at.getTime() / 1000)
  return signed(key, { ...claims, iat, exp: iat + seconds })
}

/** From its second on a token is expired (RFC 7519, section 4.1.4). */
const isOver = (exp: number) =>
  Effect.map(Clock.currentTimeMillis, (millis) => exp * 1000 <= millis)

/** The claims, if they are exactly those of a token of this kind that one of the keys signed. */
const claimsOf = Effect.fnUntraced(function* <
  Claims extends { readonly iat: number; readonly exp: number }
>(token: string, keys: Keys, kind: Kind<Claims>) {
  const claims = kind.claims(yield* payloadOf(token, keys))
  if (Option.isNone(claims)) return yield* new InvalidToken()
  const { iat, exp } = claims.value
  const lifetime = exp - iat
  if (lifetime <= 0 || lifetime > kind.seconds) return yield* new InvalidToken()
  const millis = yield* Clock.currentTimeMillis
  if (iat * 1000 > millis + clockSkewSeconds * 1000) return yield* new InvalidToken()
  if (yield* isOver(exp)) return yield* new TokenExpired()
  return claims.value
})

/** The payload, if one of the keys signed it; nothing of it is checked. */
const payloadOf = Effect.fnUntraced(function* (token: string, keys: Keys) {
  if (token.length > maxLength || !compactForm.test(token)) return yield* new InvalidToken()
  const { header } = yield* Effect.try({
    try: () => decode(token),
    catch: () => new InvalidToken()
  })
  if (Option.isNone(isHeader(header))) return yield* new InvalidToken()
  for (const key of keys) {
    const payload = yield* Effect.promise(() => payloadUnder(token, key))
    if (payload !== undefined) return payload
  }
  return yield* new InvalidToken()
})

/** The library compares times with the wall clock, so its checks of times are turned off. */
const payloadUnder = async (token: string, key: CryptoKey): Promise<unknown> => {
  try {
    return await verify(token, key, { alg, exp: false, nbf: false, iat: false })
  } catch (error) {
    if (error instanceof JwtTokenSignatureMismatched) return undefined
    throw error
  }
}
