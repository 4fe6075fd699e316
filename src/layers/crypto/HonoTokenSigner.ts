// TokenSigner on hono/jwt, HS256 only. What the library leaves open is checked here: the exact header,
// kind, issuer, audience, the presence of every claim, and the expiry by Clock.
import { encodeBase64urlNoPadding } from "@oslojs/encoding"
import { Clock, Effect, Layer, Option, Redacted, Schema } from "effect"
import { decode, sign, verify } from "hono/jwt"
import { JwtTokenSignatureMismatched } from "hono/utils/jwt/types"
import { roles } from "../../services/accounts/Account.ts"
import { accessTokenSeconds } from "../../services/accounts/Session.ts"
import {
  InvalidToken,
  type Principal,
  TokenExpired,
  TokenSigner
} from "../../services/accounts/TokenSigner.ts"
import { leastRecentlyUsed } from "./leastRecentlyUsed.ts"
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

/** Nothing else may stand in the header, least of all another algorithm or a critical extension. */
const isHeader = Schema.decodeUnknownOption(
  Schema.Struct({ alg: Schema.Literal(alg), typ: Schema.Literal("JWT") }),
  { onExcessProperty: "error" }
)

const common = {
  iss: Schema.Literal(issuer),
  aud: Schema.Literal(audience),
  sub: Schema.NonEmptyString,
  sid: Schema.NonEmptyString,
  iat: Schema.Int,
  exp: Schema.Int
}
const decodeAccess = Schema.decodeUnknownOption(
  Schema.Struct({ ...common, typ: Schema.Literal("access"), role: Schema.Literals(roles) })
)
const decodeRefresh = Schema.decodeUnknownOption(
  Schema.Struct({ ...common, typ: Schema.Literal("refresh"), jti: Schema.NonEmptyString })
)

export const layer = (options: TokenSignerOptions): Layer.Layer<TokenSigner> =>
  Layer.effect(
    TokenSigner,
    Effect.sync(() => {
      const access = keysOf(options.accessSecrets)
      const refresh = keysOf(options.refreshSecrets)
      // Values only, never a pending verification: requests may not share work on every host.
      const verified = leastRecentlyUsed<string, { principal: Principal; exp: number }>(
        rememberedTokens
      )

      return TokenSigner.of({
        signAccess: ({ userId, sessionId, role }, at) => {
          const iat = Math.floor(at.getTime() / 1000)
          return signed(access[0], {
            iss: issuer,
            aud: audience,
            sub: userId,
            sid: sessionId,
            role,
            typ: "access",
            iat,
            exp: iat + accessTokenSeconds
          })
        },
        verifyAccess: Effect.fnUntraced(function* (token) {
          const known = verified.get(token)
          if (known !== undefined) {
            if (yield* isOver(known.exp)) {
              verified.delete(token)
              return yield* new TokenExpired()
            }
            return known.principal
          }
          const claims = decodeAccess(yield* payloadOf(token, access))
          if (Option.isNone(claims)) return yield* new InvalidToken()
          const { sub, sid, role, exp } = claims.value
          if (yield* isOver(exp)) return yield* new TokenExpired()
          const principal = { userId: sub, sessionId: sid, role }
          verified.set(token, { principal, exp })
          return principal
        }),
        signRefresh: ({ userId, sessionId, jti, iat, exp }) =>
          signed(refresh[0], {
            iss: issuer,
            aud: audience,
            sub: userId,
            sid: sessionId,
            typ: "refresh",
            iat,
            exp,
            jti
          }),
        verifyRefresh: Effect.fnUntraced(function* (token) {
          const claims = decodeRefresh(yield* payloadOf(token, refresh))
          if (Option.isNone(claims)) return yield* new InvalidToken()
          const { sub, sid, jti, iat, exp } = claims.value
          if (yield* isOver(exp)) return yield* new TokenExpired()
          return { userId: sub, sessionId: sid, jti, iat, exp }
        })
      })
    })
  )

type Keys = readonly [JsonWebKey, ...ReadonlyArray<JsonWebKey>]

/** As JSON Web Keys: the library takes a string that holds "PUBLIC" or "PRIVATE" for a PEM file. */
const keysOf = ([first, ...rest]: Secrets): Keys => [keyOf(first), ...rest.map(keyOf)]

const keyOf = (secret: Redacted.Redacted): JsonWebKey => ({
  kty: "oct",
  k: encodeBase64urlNoPadding(new TextEncoder().encode(Redacted.value(secret)))
})

const signed = (key: JsonWebKey, claims: Record<string, string | number>) =>
  Effect.promise(() => sign(claims, key, alg))

/** From its second on a token is expired (RFC 7519, section 4.1.4). */
const isOver = (exp: number) =>
  Effect.map(Clock.currentTimeMillis, (millis) => exp * 1000 <= millis)

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

/** The library compares times with the wall clock, so it is told not to. */
const payloadUnder = async (token: string, key: JsonWebKey): Promise<unknown> => {
  try {
    return await verify(token, key, { alg, exp: false, nbf: false, iat: false })
  } catch (error) {
    if (error instanceof JwtTokenSignatureMismatched) return undefined
    throw error
  }
}
