// A session at the console lives as long as its account, its role and its time let it, and no longer.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as Argon2idNative from "../../../src/layers/crypto/Argon2idNative.ts"
import * as HonoTokenSigner from "../../../src/layers/crypto/HonoTokenSigner.ts"
import * as RandomIdGenerator from "../../../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryAccountStore from "../../../src/layers/memory/MemoryAccountStore.ts"
import * as MemoryAuditLog from "../../../src/layers/memory/MemoryAuditLog.ts"
import * as MemoryRateLimiter from "../../../src/layers/memory/MemoryRateLimiter.ts"
import * as MemorySessionStore from "../../../src/layers/memory/MemorySessionStore.ts"
import * as FiberBackground from "../../../src/layers/runtime/FiberBackground.ts"
import {
  logInToConsole,
  logOutOfConsole,
  readConsoleSession
} from "../../../src/services/accounts/consoleSession.ts"
import { ensureAdmin } from "../../../src/services/accounts/ensureAdmin.ts"
import { PasswordHash } from "../../../src/services/accounts/model/Account.ts"
import {
  consoleAbsoluteSeconds,
  consoleIdleSeconds
} from "../../../src/services/accounts/model/Session.ts"
import { AccountStore } from "../../../src/services/accounts/ports/AccountStore.ts"
import { SessionStore } from "../../../src/services/accounts/ports/SessionStore.ts"
import type { Role } from "../../../src/services/Principal.ts"
import { now } from "../../../src/services/time.ts"

const email = "eve@example.com"
const password = Redacted.make("correct horse battery")

const secret = (name: string) => [Redacted.make(name.padEnd(32, "."))] as const

const services = Layer.mergeAll(
  MemoryAccountStore.layer,
  MemorySessionStore.layer,
  MemoryRateLimiter.layer({ factor: 1000 }),
  HonoTokenSigner.layer({ accessSecrets: secret("access"), refreshSecrets: secret("refresh") }),
  RandomIdGenerator.layer,
  MemoryAuditLog.layer(),
  FiberBackground.layer({ shutdownSeconds: 0 }),
  Argon2idNative.layer({ parameters: { memoryKib: 64, passes: 1, parallelism: 1 } }),
  Logger.layer([])
)

const logIn = Effect.suspend(() =>
  logInToConsole({ email, password, client: "192.0.2.1", deviceToken: Option.none() })
)

/** Another admin, so that the first is not the last. */
const join = (role: Role) =>
  Effect.gen(function* () {
    yield* ensureAdmin({ email: "other@example.com", password })
    yield* ensureAdmin({ email, password })
    yield* AccountStore.use((store) => store.setRole(email, role))
  })

const isOver = (token: string) =>
  Effect.match(readConsoleSession(token), {
    onFailure: ({ _tag }) => _tag === "SessionRevoked",
    onSuccess: () => false
  })

const idle = consoleIdleSeconds * 1000

describe("a session at the console", () => {
  it.effect("is for staff, with the current role", () =>
    Effect.gen(function* () {
      yield* join("support")
      const { token } = yield* logIn
      const { current } = yield* readConsoleSession(token)
      assert.deepInclude(current, { email })
      assert.strictEqual(current.principal.role, "support")
      yield* AccountStore.use((store) => store.setRole(email, "admin"))
      assert.strictEqual((yield* readConsoleSession(token)).current.principal.role, "admin")
      yield* AccountStore.use((store) => store.setRole(email, "user"))
      assert.isTrue(yield* isOver(token))
    }).pipe(Effect.provide(services))
  )

  it.effect("is not created for a customer", () =>
    Effect.gen(function* () {
      yield* join("user")
      const { _tag } = yield* Effect.flip(logIn)
      assert.strictEqual(_tag, "NotStaff")
      const account = Option.getOrThrow(
        yield* AccountStore.use((store) => store.findByEmail(email))
      )
      const at = yield* now
      const left = yield* SessionStore.use((store) => store.list(account.user.id, at, 10))
      assert.deepStrictEqual(left, [])
    }).pipe(Effect.provide(services))
  )

  it.effect("ends after 30 minutes without a request, and each request renews it", () =>
    Effect.gen(function* () {
      yield* join("admin")
      const { token } = yield* logIn
      assert.deepStrictEqual((yield* readConsoleSession(token)).renewed, Option.none())
      yield* TestClock.adjust(idle - 1000)
      const { renewed, current } = yield* readConsoleSession(token)
      const next = Option.getOrThrow(renewed)
      yield* TestClock.adjust(1000)
      assert.isTrue(yield* isOver(token))
      assert.strictEqual((yield* readConsoleSession(next)).current.formKey, current.formKey)
    }).pipe(Effect.provide(services))
  )

  it.effect("ends after 12 hours, also when it is renewed", () =>
    Effect.gen(function* () {
      yield* join("admin")
      let { token } = yield* logIn
      for (let passed = 0; passed < consoleAbsoluteSeconds - 600; passed += 600) {
        yield* TestClock.adjust(600_000)
        token = Option.getOrThrow((yield* readConsoleSession(token)).renewed)
      }
      yield* TestClock.adjust(600_000)
      assert.isTrue(yield* isOver(token))
    }).pipe(Effect.provide(services))
  )

  const ends = {
    "a logout": Effect.fnUntraced(function* (token: string) {
      yield* logOutOfConsole((yield* readConsoleSession(token)).current.principal)
    }),
    "an end of all sessions": Effect.fnUntraced(function* (token: string) {
      const { current } = yield* readConsoleSession(token)
      const at = yield* now
      yield* SessionStore.use((store) => store.endAll(current.principal.userId, at))
    }),
    "a new password": Effect.fnUntraced(function* (token: string) {
      const { current } = yield* readConsoleSession(token)
      const hash = PasswordHash.make("$argon2id$another")
      yield* AccountStore.use((store) => store.setPassword(current.principal.userId, 0, hash))
    }),
    "the account being disabled": Effect.fnUntraced(function* (token: string) {
      const { current } = yield* readConsoleSession(token)
      const disabled = Option.some({ at: yield* now, reason: "a test" })
      yield* AccountStore.use((store) => store.setDisabled(current.principal.userId, disabled))
    })
  }
  for (const [what, end] of Object.entries(ends))
    it.effect(`ends with ${what}`, () =>
      Effect.gen(function* () {
        yield* join("admin")
        const { token } = yield* logIn
        assert.isFalse(yield* isOver(token))
        yield* Effect.asVoid(end(token))
        assert.isTrue(yield* isOver(token))
      }).pipe(Effect.provide(services))
    )
})
