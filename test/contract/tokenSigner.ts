// What every TokenSigner owes: tokens of ours pass until they expire, and nothing else ever does.
import { createHmac, createSign, generateKeyPairSync } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import {
  accessTokenSeconds,
  consoleIdleSeconds,
  deviceTokenSeconds,
  idleSeconds,
  TokenId
} from "../../src/services/accounts/model/Session.ts"
import {
  type ConsoleClaims,
  type DeviceClaims,
  type InvalidToken,
  type RefreshClaims,
  type TokenExpired,
  TokenSigner
} from "../../src/services/accounts/ports/TokenSigner.ts"
import { DeviceId, SessionId, UserId } from "../../src/services/ids.ts"
import type { Principal } from "../../src/services/Principal.ts"
import { now } from "../../src/services/time.ts"
import { spoken } from "../spoken.ts"

type Secrets = readonly [Redacted.Redacted, ...ReadonlyArray<Redacted.Redacted>]

const accessKey = "access key CANARY-a8, of 32 bytes or more"
const refreshKey = "refresh key CANARY-r3, of 32 bytes or more"
const otherKey = "some other key, which is of 32 bytes or more"
const secrets = (first: string, ...rest: ReadonlyArray<string>): Secrets => [
  Redacted.make(first),
  ...rest.map((secret) => Redacted.make(secret))
]

const start = Date.UTC(2030, 0, 1)
const startSeconds = start / 1000
const principal: Principal = {
  userId: UserId.make("user-1"),
  sessionId: SessionId.make("session-1"),
  role: "admin"
}
const refreshClaims: RefreshClaims = {
  userId: principal.userId,
  sessionId: principal.sessionId,
  jti: TokenId.make("jti-1"),
  iat: startSeconds,
  exp: startSeconds + 1000
}

const deviceClaims: DeviceClaims = {
  userId: principal.userId,
  deviceId: DeviceId.make("device-1"),
  passwordVersion: 3
}

const consoleClaims: ConsoleClaims = {
  userId: principal.userId,
  sessionId: principal.sessionId,
  formKey: "key-1"
}

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString("base64url")
const decode = (part: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(part ?? "", "base64url").toString())

const parts = (token: string) => {
  const [header, payload, signature] = token.split(".")
  return { header: decode(header), payload: decode(payload), signature }
}

/** Signs as an adapter would, but any claims. */
const forge = (header: object, payload: unknown, key: string, hash = "sha256"): string => {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`
}

const hs256 = { alg: "HS256", typ: "JWT" }

export const tokenSignerContract = (
  name: string,
  make: (options: { accessSecrets: Secrets; refreshSecrets: Secrets }) => Layer.Layer<TokenSigner>
) =>
  describe(name, () => {
    const layer = make({ accessSecrets: secrets(accessKey), refreshSecrets: secrets(refreshKey) })

    const test = <A, E>(what: string, body: Effect.Effect<A, E, TokenSigner>) =>
      it.effect(what, () =>
        Effect.andThen(TestClock.setTime(start), body).pipe(Effect.provide(layer))
      )

    const signAccess = Effect.gen(function* () {
      return yield* (yield* TokenSigner).signAccess(principal, yield* now)
    })
    const verifyAccess = (token: string) => TokenSigner.use((signer) => signer.verifyAccess(token))
    const verifyRefresh = (token: string) =>
      TokenSigner.use((signer) => signer.verifyRefresh(token))
    const signRefresh = TokenSigner.use((signer) => signer.signRefresh(refreshClaims))

    const refuses = (
      token: string,
      tag: "InvalidToken" | "TokenExpired" = "InvalidToken",
      verify: (
        token: string
      ) => Effect.Effect<unknown, InvalidToken | TokenExpired, TokenSigner> = verifyAccess
    ) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(verify(token))
        assert.strictEqual(error._tag, tag)
      })

    test(
      "an access token identifies its principal",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* verifyAccess(yield* signAccess), principal)
      })
    )

    test(
      "a refresh token returns its claims",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* verifyRefresh(yield* signRefresh), refreshClaims)
      })
    )

    test(
      "a device token returns its claims for 90 days, and is accepted as no other kind",
      Effect.gen(function* () {
        const signer = yield* TokenSigner
        const token = yield* signer.signDevice(deviceClaims, yield* now)
        assert.deepStrictEqual(yield* signer.verifyDevice(token), deviceClaims)
        yield* refuses(token)
        yield* refuses(token, "InvalidToken", verifyRefresh)
        yield* refuses(yield* signAccess, "InvalidToken", signer.verifyDevice)
        yield* refuses(yield* signRefresh, "InvalidToken", signer.verifyDevice)
        yield* TestClock.adjust((deviceTokenSeconds - 1) * 1000)
        assert.deepStrictEqual(yield* signer.verifyDevice(token), deviceClaims)
        yield* TestClock.adjust(1000)
        yield* refuses(token, "TokenExpired", signer.verifyDevice)
      })
    )

    test(
      "a console token returns its claims for 30 minutes, and is accepted as no other kind",
      Effect.gen(function* () {
        const signer = yield* TokenSigner
        const issuedAt = yield* now
        const token = yield* signer.signConsole(consoleClaims, issuedAt)
        const claims = { ...consoleClaims, issuedAt }
        assert.deepStrictEqual(yield* signer.verifyConsole(token), claims)
        yield* refuses(token)
        yield* refuses(token, "InvalidToken", verifyRefresh)
        yield* refuses(token, "InvalidToken", signer.verifyDevice)
        const device = yield* signer.signDevice(deviceClaims, yield* now)
        for (const other of [yield* signAccess, yield* signRefresh, device])
          yield* refuses(other, "InvalidToken", signer.verifyConsole)
        yield* TestClock.adjust((consoleIdleSeconds - 1) * 1000)
        assert.deepStrictEqual(yield* signer.verifyConsole(token), claims)
        yield* TestClock.adjust(1000)
        yield* refuses(token, "TokenExpired", signer.verifyConsole)
      })
    )

    test(
      "both are HS256 tokens with the documented claims",
      Effect.gen(function* () {
        const access = parts(yield* signAccess)
        const refresh = parts(yield* signRefresh)
        for (const { header, signature } of [access, refresh]) {
          assert.deepStrictEqual(header, hs256)
          assert.match(signature ?? "", /^[\w-]{43}$/)
        }
        const { iss, aud } = access.payload
        assert.deepStrictEqual(access.payload, {
          iss,
          aud,
          sub: "user-1",
          sid: "session-1",
          role: "admin",
          typ: "access",
          iat: startSeconds,
          exp: startSeconds + accessTokenSeconds
        })
        assert.deepStrictEqual(refresh.payload, {
          iss,
          aud,
          sub: "user-1",
          sid: "session-1",
          typ: "refresh",
          jti: "jti-1",
          iat: refreshClaims.iat,
          exp: refreshClaims.exp
        })
        for (const claim of [iss, aud]) assert.isTrue(typeof claim === "string" && claim !== "")
      })
    )

    test(
      "the same refresh claims give the same token, bit for bit, at any time in any process",
      Effect.gen(function* () {
        const first = yield* signRefresh
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual(yield* signRefresh, first)
        const { userId, sessionId, jti, iat, exp } = refreshClaims
        const elsewhere = yield* TokenSigner.use((signer) =>
          signer.signRefresh({ exp, iat, jti, sessionId, userId })
        ).pipe(Effect.provide(layer, { local: true }))
        assert.strictEqual(elsewhere, first)
      })
    )

    test(
      "an access token is valid for 15 minutes, to the second, also after it was verified before",
      Effect.gen(function* () {
        const seen = yield* signAccess
        yield* verifyAccess(seen)
        yield* TestClock.setTime(start + accessTokenSeconds * 1000 - 1)
        yield* verifyAccess(seen)
        yield* TestClock.setTime(start + accessTokenSeconds * 1000)
        yield* refuses(seen, "TokenExpired")
        yield* refuses(seen, "TokenExpired")
        const unseen = forge(hs256, parts(seen).payload, accessKey)
        yield* refuses(unseen, "TokenExpired").pipe(Effect.provide(layer, { local: true }))
      })
    )

    test(
      "a refresh token is valid until its exp",
      Effect.gen(function* () {
        const token = yield* signRefresh
        yield* TestClock.setTime(refreshClaims.exp * 1000 - 1)
        yield* verifyRefresh(token)
        yield* TestClock.setTime(refreshClaims.exp * 1000)
        yield* refuses(token, "TokenExpired", verifyRefresh)
      })
    )

    test(
      "a refresh token may be valid for the idle time of a session",
      Effect.gen(function* () {
        const longest = { ...refreshClaims, exp: startSeconds + idleSeconds }
        const signer = yield* TokenSigner
        assert.deepStrictEqual(yield* verifyRefresh(yield* signer.signRefresh(longest)), longest)
      })
    )

    test(
      "neither kind is accepted as the other, not even under one key",
      Effect.gen(function* () {
        yield* refuses(yield* signRefresh)
        yield* refuses(yield* signAccess, "InvalidToken", verifyRefresh)
        const oneKey = make({
          accessSecrets: secrets(accessKey),
          refreshSecrets: secrets(accessKey)
        })
        yield* Effect.gen(function* () {
          yield* refuses(yield* signRefresh)
          yield* refuses(yield* signAccess, "InvalidToken", verifyRefresh)
        }).pipe(Effect.provide(oneKey))
      })
    )

    test(
      "a token that is made with the right key and claims is accepted, so the refusals below have other reasons",
      Effect.gen(function* () {
        const { payload } = parts(yield* signAccess)
        assert.deepStrictEqual(yield* verifyAccess(forge(hs256, payload, accessKey)), principal)
      })
    )

    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const headers: Record<string, (payload: unknown) => string> = {
      "alg none, unsigned": (payload) =>
        `${encode({ alg: "none", typ: "JWT" })}.${encode(payload)}.`,
      "alg none, signed": (payload) => forge({ alg: "none", typ: "JWT" }, payload, accessKey),
      "alg nOnE": (payload) => `${encode({ alg: "nOnE", typ: "JWT" })}.${encode(payload)}.`,
      "alg HS384": (payload) => forge({ ...hs256, alg: "HS384" }, payload, accessKey, "sha384"),
      "alg HS512": (payload) => forge({ ...hs256, alg: "HS512" }, payload, accessKey, "sha512"),
      "alg RS256, as HMAC": (payload) => forge({ ...hs256, alg: "RS256" }, payload, accessKey),
      "alg RS256, as RSA": (payload) => {
        const signed = `${encode({ ...hs256, alg: "RS256" })}.${encode(payload)}`
        return `${signed}.${createSign("sha256").update(signed).sign(privateKey, "base64url")}`
      },
      "no alg": (payload) => forge({ typ: "JWT" }, payload, accessKey),
      "a list of algs": (payload) => forge({ ...hs256, alg: ["HS256"] }, payload, accessKey),
      "another header type": (payload) => forge({ ...hs256, typ: "JWE" }, payload, accessKey),
      "a critical extension": (payload) => forge({ ...hs256, crit: ["b64"] }, payload, accessKey),
      "a critical extension that names nothing": (payload) =>
        forge({ ...hs256, crit: [] }, payload, accessKey),
      "a payload that is not encoded": (payload) =>
        forge({ ...hs256, b64: false, crit: ["b64"] }, payload, accessKey),
      "a compressed payload": (payload) => forge({ ...hs256, zip: "DEF" }, payload, accessKey),
      "a token inside": (payload) => forge({ ...hs256, cty: "JWT" }, payload, accessKey),
      "a name for its key": (payload) => forge({ ...hs256, kid: "../../etc" }, payload, accessKey),
      "a place to get its key": (payload) =>
        forge({ ...hs256, jku: "https://example.com/keys" }, payload, accessKey),
      "a certificate": (payload) => forge({ ...hs256, x5c: [""] }, payload, accessKey),
      "a key of its own": (payload) => forge({ ...hs256, jwk: { kty: "oct", k: "" } }, payload, "")
    }
    for (const [what, forgery] of Object.entries(headers))
      test(
        `refuses ${what}`,
        Effect.gen(function* () {
          yield* refuses(forgery(parts(yield* signAccess).payload))
        })
      )

    const changes: Record<string, Record<string, unknown>> = {
      "a claim that ours don't have": { scope: "orders" },
      "a claim that ours don't have, null": { scope: null },
      "a claim named __proto__": { ["__proto__"]: { role: "admin" } },
      "a claim named constructor": { constructor: {} },
      "a claim in other letters": { Role: "admin" },
      "nbf in the past": { nbf: startSeconds - 1 },
      "nbf in the future": { nbf: startSeconds + 1 },
      "nbf that is no number": { nbf: "now" },
      "the other kind's claim": { jti: "jti-1" },
      "no exp": { exp: undefined },
      "exp at its iat": { exp: startSeconds },
      "exp before its iat": { exp: startSeconds + 9, iat: startSeconds + 10 },
      "a second more than its life time": { exp: startSeconds + accessTokenSeconds + 1 },
      "a life time that began later": { iat: startSeconds - 1 },
      "the life time of a refresh token": { exp: startSeconds + idleSeconds },
      "iat in the future": {
        iat: startSeconds + 61,
        exp: startSeconds + 61 + accessTokenSeconds
      },
      "iat beyond all numbers": { iat: Number.MAX_VALUE, exp: Number.MAX_VALUE },
      "iat as a string": { iat: String(startSeconds) },
      "iat with a fraction": { iat: startSeconds - 0.5 },
      "iat long ago": { iat: 0 },
      "iat below zero": { iat: -startSeconds },
      "exp as a string": { exp: String(startSeconds + 100) },
      "exp with a fraction": { exp: startSeconds + 100.5 },
      "exp beyond all numbers": { exp: Number.MAX_VALUE },
      "exp null": { exp: null },
      "no iat": { iat: undefined },
      "another issuer": { iss: "somebody-else" },
      "no issuer": { iss: undefined },
      "another audience": { aud: "somewhere-else" },
      "a list of audiences": { aud: ["somewhere-else"] },
      "no audiences": { aud: [] },
      "no audience": { aud: undefined },
      "no subject": { sub: undefined },
      "an empty subject": { sub: "" },
      "a subject that is a number": { sub: 1 },
      "no session": { sid: undefined },
      "an unknown role": { role: "root" },
      "no role": { role: undefined },
      "no kind": { typ: undefined },
      "the other kind": { typ: "refresh" }
    }
    for (const [what, change] of Object.entries(changes))
      test(
        `refuses a well-signed token with ${what}`,
        Effect.gen(function* () {
          const { payload } = parts(yield* signAccess)
          yield* refuses(forge(hs256, { ...payload, ...change }, accessKey))
        })
      )

    test(
      "refuses a list of audiences, also where ours is in it",
      Effect.gen(function* () {
        const { payload } = parts(yield* signAccess)
        for (const aud of [[payload["aud"]], [payload["aud"], "somewhere-else"]])
          yield* refuses(forge(hs256, { ...payload, aud }, accessKey))
      })
    )

    test(
      "allows the signer's clock to be a minute ahead, and no second more",
      Effect.gen(function* () {
        const access = yield* signAccess
        const refresh = yield* signRefresh
        yield* TestClock.setTime(start - 60_000)
        assert.deepStrictEqual(yield* verifyAccess(access), principal)
        assert.deepStrictEqual(yield* verifyRefresh(refresh), refreshClaims)
        yield* TestClock.setTime(start - 60_001)
        yield* refuses(access).pipe(Effect.provide(layer, { local: true }))
        yield* refuses(refresh, "InvalidToken", verifyRefresh)
      })
    )

    for (const payload of [null, [], "text", 1])
      test(
        `refuses a well-signed payload that is ${JSON.stringify(payload)}`,
        refuses(forge(hs256, payload, accessKey))
      )

    test(
      "refuses a well-signed refresh token with any claim missing, wrong or too many",
      Effect.gen(function* () {
        const { payload } = parts(yield* signRefresh)
        for (const change of [
          { exp: undefined },
          { exp: "1" },
          { jti: undefined },
          { jti: "" },
          { sid: undefined },
          { iss: "somebody-else" },
          { aud: "somewhere-else" },
          { typ: undefined },
          { typ: "access" },
          { role: "user" },
          { scope: "orders" },
          { nbf: startSeconds },
          { aud: [payload["aud"]] },
          { exp: startSeconds },
          { exp: startSeconds - 1 },
          { exp: startSeconds + idleSeconds + 1 },
          { iat: startSeconds + 61, exp: startSeconds + 100 }
        ])
          yield* refuses(
            forge(hs256, { ...payload, ...change }, refreshKey),
            "InvalidToken",
            verifyRefresh
          )
      })
    )

    test(
      "refuses other keys, and a changed payload under the old signature",
      Effect.gen(function* () {
        const token = yield* signAccess
        yield* verifyAccess(token)
        const { payload } = parts(token)
        for (const key of [otherKey, refreshKey, "", accessKey.slice(0, -1)])
          yield* refuses(forge(hs256, payload, key))
        const [header, , signature] = token.split(".")
        yield* refuses(`${header}.${encode({ ...payload, sub: "user-2" })}.${signature}`)
      })
    )

    test(
      "refuses a forged token with the payload of a cached one",
      Effect.gen(function* () {
        const token = yield* signAccess
        for (let n = 0; n < 3; n++) yield* verifyAccess(token)
        yield* refuses(forge(hs256, parts(token).payload, otherKey))
        yield* refuses(token.slice(0, token.lastIndexOf(".") + 1))
        yield* refuses(`${token.slice(0, -4)}AAAA`)
        assert.deepStrictEqual(yield* verifyAccess(token), principal)
      })
    )

    test(
      "refuses a token that is truncated, padded, repeated or garbled",
      Effect.gen(function* () {
        const token = yield* signAccess
        yield* verifyAccess(token)
        const [header, payload, signature] = token.split(".")
        const garbled = [
          "",
          ".",
          "..",
          "...",
          "not a token",
          `${header}.${payload}`,
          `${header}.${payload}.`,
          `${header}..${signature}`,
          `.${payload}.${signature}`,
          `${token}.`,
          `${token}=`,
          ` ${token}`,
          `${token}\n`,
          `Bearer ${token}`,
          token.slice(0, -1),
          token.slice(1),
          `${token}A`,
          `${header}.${payload}.${"*".repeat(43)}`,
          `*.${payload}.${signature}`,
          `${header}.%00.${signature}`,
          `${encode("text")}.${payload}.${signature}`,
          `${Buffer.from("{").toString("base64url")}.${payload}.${signature}`,
          `${header}.${Buffer.from([0xff, 0xfe]).toString("base64url")}.${signature}`,
          token.toUpperCase(),
          token.repeat(3)
        ]
        for (const other of garbled) yield* refuses(other)
      })
    )

    test(
      "a signature has one spelling",
      Effect.gen(function* () {
        const token = yield* signAccess
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        const last = alphabet.indexOf(token.slice(-1))
        for (const bits of [1, 2, 3]) {
          const sameBytes = token.slice(0, -1) + alphabet[last + bits]
          yield* refuses(sameBytes)
        }
      })
    )

    test(
      "refuses a huge token before it parses it",
      Effect.gen(function* () {
        const { payload } = parts(yield* signAccess)
        yield* refuses(forge(hs256, { ...payload, filler: "x".repeat(10_000) }, accessKey))
        yield* refuses("a".repeat(10_000_000))
        yield* refuses(`${"a".repeat(5_000_000)}.${"b".repeat(5_000_000)}.${"c".repeat(43)}`)
      })
    )

    test(
      "accepts older keys and signs with the first",
      Effect.gen(function* () {
        const token = yield* signAccess
        const refresh = yield* signRefresh
        const rotated = make({
          accessSecrets: secrets(otherKey, accessKey),
          refreshSecrets: secrets(`${otherKey}!`, refreshKey)
        })
        const renewed = yield* Effect.gen(function* () {
          assert.deepStrictEqual(yield* verifyAccess(token), principal)
          assert.deepStrictEqual(yield* verifyRefresh(refresh), refreshClaims)
          const ours = yield* signAccess
          assert.deepStrictEqual(yield* verifyAccess(ours), principal)
          yield* refuses(forge(hs256, parts(token).payload, "a third key, of 32 bytes or more"))
          return ours
        }).pipe(Effect.provide(rotated))
        yield* refuses(renewed)
      })
    )

    test(
      "accepts keys of any text, also one that contains PUBLIC or PRIVATE",
      Effect.gen(function* () {
        for (const word of ["PUBLIC", "PRIVATE", "ключ 🔑"]) {
          const key = `a key that mentions ${word}, of 32 bytes`
          const odd = make({ accessSecrets: secrets(key), refreshSecrets: secrets(`${key}!`) })
          const token = yield* Effect.gen(function* () {
            const ours = yield* signAccess
            assert.deepStrictEqual(yield* verifyAccess(ours), principal)
            return ours
          }).pipe(Effect.provide(odd))
          assert.strictEqual(forge(parts(token).header, parts(token).payload, key), token)
        }
      })
    )

    test(
      "reveals neither keys nor tokens when it refuses",
      Effect.gen(function* () {
        const token = yield* signAccess
        for (const wrong of [`${token.slice(0, -4)}AAAA`, `${token}A`, yield* signRefresh]) {
          const words = yield* spoken(verifyAccess(wrong))
          assert.include(words, "InvalidToken")
          assert.notInclude(words, "CANARY")
          for (const part of wrong.split(".")) assert.notInclude(words, part)
        }
        yield* TestClock.adjust("1 hour")
        const words = yield* spoken(verifyAccess(token))
        assert.include(words, "TokenExpired")
        for (const part of token.split(".")) assert.notInclude(words, part)
      })
    )
  })
