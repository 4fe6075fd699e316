// A login renews a hash of weaker parameters or another form, and nothing of that can fail it.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Option, Redacted } from "effect"
import * as Argon2idNative from "../../../src/layers/crypto/Argon2idNative.ts"
import * as HonoTokenSigner from "../../../src/layers/crypto/HonoTokenSigner.ts"
import * as RandomIdGenerator from "../../../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryAccountStore from "../../../src/layers/memory/MemoryAccountStore.ts"
import * as MemoryAuditLog from "../../../src/layers/memory/MemoryAuditLog.ts"
import * as MemoryRateLimiter from "../../../src/layers/memory/MemoryRateLimiter.ts"
import * as MemorySessionStore from "../../../src/layers/memory/MemorySessionStore.ts"
import * as FiberBackground from "../../../src/layers/runtime/FiberBackground.ts"
import { login } from "../../../src/services/accounts/login.ts"
import { PasswordHash, type User } from "../../../src/services/accounts/model/Account.ts"
import { maxSessions, newSession, TokenId } from "../../../src/services/accounts/model/Session.ts"
import {
  AccountStore,
  AccountStoreError
} from "../../../src/services/accounts/ports/AccountStore.ts"
import { PasswordHasher } from "../../../src/services/accounts/ports/PasswordHasher.ts"
import { SessionStore } from "../../../src/services/accounts/ports/SessionStore.ts"
import { SessionId, UserId } from "../../../src/services/ids.ts"
import { Overloaded } from "../../../src/services/runtime/Overloaded.ts"
import { now } from "../../../src/services/time.ts"
import { intercept } from "../../../src/testing/intercept.ts"

const yesterday = { memoryKib: 64, passes: 1, parallelism: 1 }
const today = { memoryKib: 128, passes: 2, parallelism: 1 }
const right = "correct horse battery"

const secret = (name: string) => [Redacted.make(name.padEnd(32, "."))] as const

const services = Layer.mergeAll(
  MemoryAccountStore.layer,
  MemorySessionStore.layer,
  MemoryRateLimiter.layer({ factor: 1000 }),
  HonoTokenSigner.layer({ accessSecrets: secret("access"), refreshSecrets: secret("refresh") }),
  RandomIdGenerator.layer,
  MemoryAuditLog.layer(),
  FiberBackground.layer({ shutdownSeconds: 0 }),
  Argon2idNative.layer({ parameters: today })
)

const user: User = {
  id: UserId.make("ada"),
  email: "ada@example.com",
  name: Option.some("Ada"),
  phone: Option.none(),
  role: "user",
  locale: "en",
  createdAt: new Date(0)
}

/** Stores an account whose hash was made with these parameters, and returns the hash. */
const join = (parameters: typeof today, password = right) =>
  Effect.gen(function* () {
    const passwordHash = yield* PasswordHasher.use((hasher) => hasher.hash(Redacted.make(password)))
    const store = yield* AccountStore
    yield* store.create({
      user,
      passwordHash,
      passwordVersion: 0,
      codeFailures: 0,
      phoneRemovals: 0,
      disabled: Option.none()
    })
    return passwordHash
  }).pipe(Effect.provide(Argon2idNative.layer({ parameters })))

const storedHash = Effect.gen(function* () {
  const store = yield* AccountStore
  return Option.getOrThrow(yield* store.findById(user.id)).passwordHash
})

const attempt = (password: string) =>
  login({
    email: user.email,
    password: Redacted.make(password),
    client: "192.0.2.1",
    deviceToken: Option.none()
  })

describe("a login", () => {
  it.effect("beyond an account's 100 sessions ends another one, which the audit event says", () => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>((entry) => {
      lines.push(Logger.formatJson.log(entry))
    })
    const told = (kind: string) => lines.filter((line) => line.includes(`"kind":"${kind}"`))
    return Effect.gen(function* () {
      yield* join(today)
      const at = yield* now
      const store = yield* SessionStore
      const before = Array.from({ length: maxSessions - 1 }, (_, n) =>
        newSession(
          {
            id: SessionId.make(`before ${n}`),
            userId: user.id,
            passwordVersion: 0,
            jti: TokenId.make("first")
          },
          at
        )
      )
      yield* Effect.forEach(before, store.create)
      yield* attempt(right)
      assert.lengthOf(told("login_succeeded"), 1)
      assert.lengthOf(told("session_ended"), 0)
      yield* attempt(right)
      const [ended = ""] = told("session_ended")
      assert.include(ended, '"actor":{"type":"user","userId":"ada"')
      assert.include(ended, '"details":{"matched":1}')
      assert.lengthOf(yield* store.list(user.id, at, 1000), maxSessions)
    }).pipe(Effect.provide(Layer.provideMerge(services, Logger.layer([logger]))))
  })

  it.effect("clears the account's count of wrong codes, and writes nothing when it is zero", () => {
    let clears = 0
    const counting = intercept(AccountStore, (real) => ({
      clearCodeFailures: (id) =>
        Effect.suspend(() => {
          clears += 1
          return real.clearCodeFailures(id)
        })
    }))
    return Effect.gen(function* () {
      yield* join(today)
      const store = yield* AccountStore
      yield* attempt(right)
      assert.strictEqual(clears, 0)
      yield* store.countCodeFailure(user.id)
      yield* Effect.flip(attempt("wrong horse"))
      assert.strictEqual(clears, 0)
      yield* attempt(right)
      yield* attempt(right)
      assert.strictEqual(clears, 1)
      const account = Option.getOrThrow(yield* store.findById(user.id))
      assert.strictEqual(account.codeFailures, 0)
    }).pipe(Effect.provide(counting.pipe(Layer.provideMerge(services))))
  })

  it.effect("renews a hash of weaker parameters, once, and the password still fits", () =>
    Effect.gen(function* () {
      const old = yield* join(yesterday)
      yield* attempt(right)
      const renewed = yield* storedHash
      assert.notStrictEqual(renewed, old)
      assert.include(renewed, "$m=128,t=2,p=1$")
      yield* attempt(right)
      assert.strictEqual(yield* storedHash, renewed)
      assert.strictEqual((yield* Effect.flip(attempt("wrong horse")))._tag, "InvalidCredentials")
    }).pipe(Effect.provide(services))
  )

  it.effect(
    "renews a hash of a password that was not normalized, and then accepts it normalized too",
    () =>
      Effect.gen(function* () {
        const typed = "un cafe\u0301 cre\u0300me"
        const old = yield* join(today, typed)
        yield* attempt(typed)
        const renewed = yield* storedHash
        assert.notStrictEqual(renewed, old)
        for (const form of [typed, typed.normalize("NFC")]) yield* attempt(form)
        assert.strictEqual(yield* storedHash, renewed)
      }).pipe(Effect.provide(services))
  )

  it.effect("renews nothing for a wrong password", () =>
    Effect.gen(function* () {
      const old = yield* join(yesterday)
      assert.strictEqual((yield* Effect.flip(attempt("wrong horse")))._tag, "InvalidCredentials")
      assert.strictEqual(yield* storedHash, old)
    }).pipe(Effect.provide(services))
  )

  it.effect("leaves a hash of stronger parameters alone", () =>
    Effect.gen(function* () {
      const strong = yield* join({ ...today, passes: 3 })
      yield* attempt(right)
      assert.strictEqual(yield* storedHash, strong)
    }).pipe(Effect.provide(services))
  )

  it.effect("does not restore a password that was changed meanwhile", () => {
    const changedMeanwhile = Layer.effect(
      PasswordHasher,
      Effect.gen(function* () {
        const [hasher, store] = [yield* PasswordHasher, yield* AccountStore]
        return {
          ...hasher,
          hash: (password: Redacted.Redacted) =>
            storedHash.pipe(
              Effect.flatMap((from) =>
                store.replacePasswordHash(user.id, from, PasswordHash.make("$changed"))
              ),
              Effect.orDie,
              Effect.andThen(hasher.hash(password)),
              Effect.provideService(AccountStore, store)
            )
        }
      })
    )
    return Effect.gen(function* () {
      yield* join(yesterday)
      yield* attempt(right)
      assert.strictEqual(yield* storedHash, "$changed")
    }).pipe(Effect.provide(changedMeanwhile.pipe(Layer.provideMerge(services))))
  })

  const full = new Overloaded({ resource: "password hashing" })
  const away = new AccountStoreError({ operation: "replacePasswordHash", cause: new Error("away") })
  const failures: Record<string, Layer.Layer<never, never, AccountStore | PasswordHasher>> = {
    "too many hashes wait": intercept(PasswordHasher, () => ({ hash: () => Effect.fail(full) })),
    "the store is away": intercept(AccountStore, () => ({
      replacePasswordHash: () => Effect.fail(away)
    }))
  }
  for (const [what, failing] of Object.entries(failures))
    it.effect(`succeeds also when the hash cannot be renewed, since ${what}, and logs it`, () => {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>((entry) => {
        lines.push(Logger.formatJson.log(entry))
      })
      return Effect.gen(function* () {
        const old = yield* join(yesterday)
        const { accessToken } = yield* attempt(right)
        assert.isNotEmpty(accessToken)
        assert.strictEqual(yield* storedHash, old)
        assert.include(
          lines.find((line) => line.includes("password hash not renewed")),
          user.id
        )
        assert.notInclude(lines.join("\n"), right)
      }).pipe(
        Effect.provide(
          failing.pipe(Layer.provideMerge(services), Layer.provideMerge(Logger.layer([logger])))
        )
      )
    })
})
