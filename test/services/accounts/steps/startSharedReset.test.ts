// A shared code takes the same work whether or not the address has an account, and is mailed once.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as Argon2idNative from "../../../../src/layers/crypto/Argon2idNative.ts"
import * as OsloOneTimeCode from "../../../../src/layers/crypto/OsloOneTimeCode.ts"
import * as RandomIdGenerator from "../../../../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryMailbox from "../../../../src/layers/memory/MemoryMailbox.ts"
import * as MemoryRateLimiter from "../../../../src/layers/memory/MemoryRateLimiter.ts"
import * as MemorySendRate from "../../../../src/layers/memory/MemorySendRate.ts"
import * as MemoryVerificationStore from "../../../../src/layers/memory/MemoryVerificationStore.ts"
import { type Account, PasswordHash } from "../../../../src/services/accounts/model/Account.ts"
import { OneTimeCode } from "../../../../src/services/accounts/ports/OneTimeCode.ts"
import { PasswordHasher } from "../../../../src/services/accounts/ports/PasswordHasher.ts"
import { VerificationStore } from "../../../../src/services/accounts/ports/VerificationStore.ts"
import { startSharedReset } from "../../../../src/services/accounts/steps/startSharedReset.ts"
import { UserId } from "../../../../src/services/ids.ts"
import { Mailer } from "../../../../src/services/messaging/Mailer.ts"
import { Background } from "../../../../src/services/runtime/Background.ts"
import { RateLimiter } from "../../../../src/services/runtime/RateLimiter.ts"
import { intercept } from "../../../../src/testing/intercept.ts"

const email = "ada@example.com"
const ada: Account = {
  user: {
    id: UserId.make("ada"),
    email,
    name: Option.none(),
    phone: Option.none(),
    role: "user",
    locale: "en",
    createdAt: new Date(0)
  },
  passwordHash: PasswordHash.make("$argon2id$1"),
  passwordVersion: 0,
  codeFailures: 0,
  phoneRemovals: 0,
  disabled: Option.none()
}

/** Asks as the owner of this account, or of none; notes what is done, and the codes. */
const asking = (account: Option.Option<Account>) => {
  const calls: Array<string> = []
  const codes: Array<string> = []
  const note = (what: string) => Effect.sync(() => void calls.push(what))
  const services = Layer.mergeAll(
    intercept(Mailer, () => ({
      send: ({ subject }) => note(`send ${subject}`),
      rehearse: ({ subject }) => note(`rehearse ${subject}`)
    })),
    intercept(RateLimiter, (real) => ({
      take: (rule, subject) => Effect.andThen(note(`count ${rule}`), real.take(rule, subject))
    })),
    intercept(OneTimeCode, (real) => ({
      derive: (parts) =>
        Effect.tap(real.derive(parts), (code) => {
          codes.push(code)
          return note(`derive of ${parts.join().length}`)
        })
    })),
    intercept(VerificationStore, (real) => ({
      create: (verification) => Effect.andThen(note("store"), real.create(verification))
    })),
    Layer.succeed(Background, { run: (work) => work })
  ).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        MemoryMailbox.layer,
        MemoryRateLimiter.layer({ factor: 1 }),
        MemorySendRate.layer({ maxPerSecond: 14 }),
        MemoryVerificationStore.layer,
        RandomIdGenerator.layer,
        Argon2idNative.layer({ parameters: { memoryKib: 64, passes: 1, parallelism: 1 } }),
        OsloOneTimeCode.layer({ secrets: [Redacted.make("a key of 32 bytes or more, of codes")] })
      )
    )
  )
  const to = Option.map(account, ({ user, passwordVersion }) => ({
    userId: user.id,
    passwordVersion,
    to: email
  }))
  const ask = (as = account, of = email) =>
    startSharedReset({ _tag: "Reset", email: of, channel: "email", locale: "en", account: to }, as)
  return { calls, codes, services, ask }
}

describe("a code that requests share", () => {
  it.effect("takes the same work without an account, but no mail is sent", () =>
    Effect.gen(function* () {
      const hashed = Effect.map(PasswordHasher, ({ decoy }) => ({ ...ada, passwordHash: decoy }))
      const unknown = asking(Option.none())
      const known = asking(Option.some(yield* Effect.provide(hashed, unknown.services)))
      for (const { ask, services } of [known, unknown])
        yield* Effect.andThen(ask(), ask()).pipe(Effect.provide(services))
      const own = [known.calls[0], "store", "count sharedResetMail"]
      const sent = "send Your code for a new password"
      assert.deepStrictEqual(known.calls, [...own, sent, ...own])
      assert.deepStrictEqual(
        unknown.calls,
        known.calls.map((call) => call.replace("send", "rehearse"))
      )
    })
  )

  it.effect("differs for each address, password and period of five minutes", () =>
    Effect.gen(function* () {
      const { ask, codes, services } = asking(Option.some(ada))
      yield* Effect.gen(function* () {
        yield* ask()
        yield* ask(Option.some(ada), "bob@example.com")
        yield* ask(Option.some({ ...ada, passwordHash: PasswordHash.make("$argon2id$2") }))
        yield* TestClock.adjust("299 seconds")
        yield* ask()
        yield* TestClock.adjust("1 second")
        yield* ask()
      }).pipe(Effect.provide(services))
      const [first, ...rest] = codes
      assert.strictEqual(rest[2], first)
      assert.strictEqual(new Set(codes).size, 4)
    })
  )
})
