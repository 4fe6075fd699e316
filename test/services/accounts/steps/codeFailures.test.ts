// That a wrong code takes the same work whether or not the address has an account, and what counts for whom.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as MemoryAccountStore from "../../../../src/layers/memory/MemoryAccountStore.ts"
import { PasswordHash } from "../../../../src/services/accounts/model/Account.ts"
import { CodeDigest, type Purpose } from "../../../../src/services/accounts/model/Verification.ts"
import {
  AccountStore,
  AccountStoreError
} from "../../../../src/services/accounts/ports/AccountStore.ts"
import {
  countCodeFailure,
  nextCodeForm
} from "../../../../src/services/accounts/steps/codeFailures.ts"
import { UserId, VerificationId } from "../../../../src/services/ids.ts"
import { Background } from "../../../../src/services/runtime/Background.ts"
import { intercept } from "../../../../src/testing/intercept.ts"

const id = VerificationId.make("0".repeat(32))
const ada = UserId.make("ada")
const email = "ada@example.com"

const purposes: Readonly<Record<string, Purpose>> = {
  "a reset": {
    _tag: "Reset",
    email,
    channel: "email",
    locale: "en",
    account: Option.some({ userId: ada, passwordVersion: 0, to: email })
  },
  "a reset without an account": {
    _tag: "Reset",
    email,
    channel: "email",
    locale: "en",
    account: Option.none()
  },
  "a phone": {
    _tag: "Phone",
    userId: ada,
    phone: "+4917012345",
    locale: "en",
    passwordVersion: 0,
    phoneRemovals: 0
  },
  "a registration": {
    _tag: "Register",
    userId: ada,
    email,
    name: Option.none(),
    locale: "en",
    passwordHash: PasswordHash.make("$argon2id$")
  },
  "a registration of a taken address": { _tag: "Taken", email, locale: "en" }
}

const verificationFor = (purpose: Purpose) => ({
  id,
  purpose,
  codeDigest: CodeDigest.make("digest"),
  attempts: 0,
  expiresAt: new Date(0),
  resendAt: new Date(0),
  consumedAt: Option.none()
})

/** What the store is asked, in the background or not. */
const workOf = Effect.fnUntraced(function* (purpose: Purpose, fails = false) {
  const calls: Array<string> = []
  const failure = new AccountStoreError({ operation: "countCodeFailure", cause: "away" })
  let place = "before the answer"
  const services = Layer.mergeAll(
    intercept(AccountStore, (real) => ({
      countCodeFailure: (of) =>
        Effect.suspend(() => {
          calls.push(`counted for ${of} ${place}`)
          return fails ? Effect.fail(failure) : real.countCodeFailure(of)
        }),
      findById: (of) =>
        Effect.suspend(() => {
          calls.push(`looked for ${of} ${place}`)
          return real.findById(of)
        })
    })),
    Layer.succeed(Background, {
      run: (work) =>
        Effect.suspend(() => {
          place = "after it"
          return work
        })
    })
  ).pipe(Layer.provideMerge(MemoryAccountStore.layer))
  yield* Effect.gen(function* () {
    assert.strictEqual(yield* nextCodeForm(verificationFor(purpose)), "short")
    yield* countCodeFailure(verificationFor(purpose))
  }).pipe(Effect.provide(services))
  return calls
})

describe("a wrong code", () => {
  it.effect.each([
    ["a reset", ada],
    ["a reset without an account", id],
    ["a phone", ada]
  ] as const)("of %s counts after the answer", ([what, owner]) =>
    Effect.gen(function* () {
      const purpose = purposes[what]
      assert(purpose !== undefined)
      assert.deepStrictEqual(yield* workOf(purpose), [
        `looked for ${owner} before the answer`,
        `counted for ${owner} after it`
      ])
    })
  )

  it.effect.each(["a registration", "a registration of a taken address"])(
    "of %s is not counted",
    (what) =>
      Effect.gen(function* () {
        const purpose = purposes[what]
        assert(purpose !== undefined)
        assert.deepStrictEqual(yield* workOf(purpose), [])
      })
  )

  it.effect("is answered also when it cannot be counted", () =>
    Effect.gen(function* () {
      const purpose = purposes["a reset"]
      assert(purpose !== undefined)
      assert.lengthOf(yield* workOf(purpose, true), 2)
    })
  )
})
