// What every VerificationStore owes its callers.
import { assert, layer } from "@effect/vitest"
import { Array as Arr, Effect, type Layer, Option } from "effect"
import { PasswordHash } from "../../src/services/accounts/model/Account.ts"
import {
  CodeDigest,
  codeLifetimeSeconds,
  maxAttempts,
  resendCooldownSeconds,
  type Verification
} from "../../src/services/accounts/model/Verification.ts"
import {
  type Renewal,
  VerificationStore
} from "../../src/services/accounts/ports/VerificationStore.ts"
import { UserId, VerificationId } from "../../src/services/ids.ts"
import { addSeconds, now } from "../../src/services/time.ts"

const unknown = VerificationId.make("unknown")
const ada = UserId.make("ada")
const passwordHash = PasswordHash.make("$argon2id$")
const oneMillisecond = 0.001

/** Stored, created now. The real present: a store may forget what expired in the past. */
const given = Effect.fnUntraced(function* (overrides: Partial<Verification> = {}) {
  const at = yield* now
  const id = VerificationId.make(crypto.randomUUID())
  const verification: Verification = {
    id,
    purpose: {
      _tag: "Register",
      userId: ada,
      email: `${id}@example.com`,
      name: Option.none(),
      locale: "en",
      passwordHash
    },
    codeDigest: CodeDigest.make("first"),
    attempts: 0,
    expiresAt: addSeconds(at, codeLifetimeSeconds),
    resendAt: addSeconds(at, resendCooldownSeconds),
    consumedAt: Option.none(),
    ...overrides
  }
  const store = yield* VerificationStore
  yield* store.create(verification)
  return { store, verification, id, at }
})

const renewalAt = (at: Date): Renewal => ({
  codeDigest: CodeDigest.make(crypto.randomUUID()),
  at,
  expiresAt: addSeconds(at, codeLifetimeSeconds),
  resendAt: addSeconds(at, resendCooldownSeconds)
})

/** 50 concurrently. */
const rush = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<A>, E, R> =>
  Effect.all(
    Arr.makeBy(50, () => effect),
    { concurrency: "unbounded" }
  )

const tally = (outcomes: ReadonlyArray<{ readonly _tag: string }>) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(outcomes, ({ _tag }) => _tag)).map(([tag, all]) => [
      tag,
      all?.length
    ])
  )

export const verificationStoreContract = <E>(
  name: string,
  stores: Layer.Layer<VerificationStore, E>
): void =>
  layer(stores, { excludeTestServices: true })(name, (it) => {
    it.effect("a verification of any purpose is found as it was created", () =>
      Effect.gen(function* () {
        const purposes: ReadonlyArray<Verification["purpose"]> = [
          {
            _tag: "Register",
            userId: ada,
            email: "a@example.com",
            name: Option.some("Ada"),
            locale: "de",
            passwordHash
          },
          {
            _tag: "Register",
            userId: ada,
            email: "a@example.com",
            name: Option.none(),
            locale: "en",
            passwordHash
          },
          { _tag: "Taken", email: "a@example.com", locale: "de" },
          {
            _tag: "Phone",
            userId: ada,
            phone: "+4917012345",
            locale: "de",
            passwordVersion: 2,
            phoneRemovals: 1
          },
          {
            _tag: "Reset",
            email: "a@example.com",
            channel: "sms",
            locale: "en",
            account: Option.none()
          },
          {
            _tag: "Reset",
            email: "a@example.com",
            channel: "email",
            locale: "de",
            account: Option.some({ userId: ada, passwordVersion: 3, to: "a@example.com" })
          }
        ]
        for (const purpose of purposes) {
          const { store, verification, id } = yield* given({ purpose })
          assert.deepStrictEqual(yield* store.find(id), Option.some(verification))
        }
      })
    )

    it.effect("an unknown verification is gone", () =>
      Effect.gen(function* () {
        const store = yield* VerificationStore
        const at = yield* now
        assert.isTrue(Option.isNone(yield* store.find(unknown)))
        assert.deepStrictEqual(yield* store.attempt(unknown, at), { _tag: "Gone" })
        assert.isFalse(yield* store.consume(unknown, at))
        assert.deepStrictEqual(yield* store.renew(unknown, renewalAt(at)), { _tag: "Gone" })
      })
    )

    it.effect("of 50 concurrent attempts, five are counted, each with its own number", () =>
      Effect.gen(function* () {
        const { store, id, at } = yield* given()
        const outcomes = yield* rush(store.attempt(id, at))
        assert.deepStrictEqual(tally(outcomes), {
          Counted: maxAttempts,
          TooManyAttempts: 50 - maxAttempts
        })
        const counts = outcomes.flatMap((outcome) =>
          outcome._tag === "Counted" ? [outcome.verification.attempts] : []
        )
        assert.deepStrictEqual(counts.sort(), [1, 2, 3, 4, 5])
      })
    )

    it.effect("a new code adds no new attempts, in any interleaving", () =>
      Effect.gen(function* () {
        const { store, id, at, verification } = yield* given()
        const later = verification.resendAt
        const [outcomes] = yield* Effect.all(
          [rush(store.attempt(id, at)), rush(store.renew(id, renewalAt(later)))],
          { concurrency: "unbounded" }
        )
        const more = yield* rush(store.attempt(id, later))
        assert.strictEqual(tally([...outcomes, ...more])["Counted"], maxAttempts)
        assert.deepStrictEqual(yield* store.renew(id, renewalAt(addSeconds(later, 60))), {
          _tag: "TooManyAttempts"
        })
      })
    )

    it.effect("of 50 concurrent uses, one succeeds, and no later use or new code does", () =>
      Effect.gen(function* () {
        const { store, id, at, verification } = yield* given()
        const uses = yield* rush(store.consume(id, at))
        assert.strictEqual(uses.filter((used) => used).length, 1)
        assert.isFalse(yield* store.consume(id, addSeconds(at, 1)))
        assert.deepStrictEqual(yield* store.renew(id, renewalAt(verification.resendAt)), {
          _tag: "Gone"
        })
      })
    )

    it.effect("a used verification still counts attempts, and keeps the time of its use", () =>
      Effect.gen(function* () {
        const { store, id, at, verification } = yield* given({ attempts: 2 })
        const later = addSeconds(at, 1)
        assert.isTrue(yield* store.consume(id, at))
        assert.isFalse(yield* store.consume(id, later))
        const used = { ...verification, consumedAt: Option.some(at) }
        for (const attempts of [3, 4, 5])
          assert.deepStrictEqual(yield* store.attempt(id, later), {
            _tag: "Counted",
            verification: { ...used, attempts }
          })
        assert.deepStrictEqual(yield* store.attempt(id, later), { _tag: "TooManyAttempts" })
        assert.deepStrictEqual(yield* store.attempt(id, verification.expiresAt), { _tag: "Gone" })
      })
    )

    it.effect("a use adds no new attempts, in any interleaving", () =>
      Effect.gen(function* () {
        const { store, id, at } = yield* given()
        const [, outcomes] = yield* Effect.all(
          [store.consume(id, at), rush(store.attempt(id, at))],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(tally(outcomes), {
          Counted: maxAttempts,
          TooManyAttempts: 50 - maxAttempts
        })
      })
    )

    it.effect("a verification is valid until the instant of its expiry", () =>
      Effect.gen(function* () {
        const { store, id, verification } = yield* given()
        const { expiresAt } = verification
        const before = addSeconds(expiresAt, -oneMillisecond)
        assert.deepStrictEqual(yield* store.attempt(id, expiresAt), { _tag: "Gone" })
        assert.deepStrictEqual(yield* store.renew(id, renewalAt(expiresAt)), { _tag: "Gone" })
        assert.isFalse(yield* store.consume(id, expiresAt))
        assert.strictEqual((yield* store.attempt(id, before))._tag, "Counted")
        assert.isTrue(yield* store.consume(id, before))
      })
    )

    it.effect("an expired verification is gone, also when its attempts were used up", () =>
      Effect.gen(function* () {
        const { store, id, verification } = yield* given({ attempts: maxAttempts })
        assert.deepStrictEqual(yield* store.attempt(id, verification.expiresAt), { _tag: "Gone" })
      })
    )

    it.effect("a new code is given from the end of the cooldown on, and keeps the attempts", () =>
      Effect.gen(function* () {
        const { store, id, verification } = yield* given({ attempts: 3 })
        const { resendAt } = verification
        assert.deepStrictEqual(
          yield* store.renew(id, renewalAt(addSeconds(resendAt, -oneMillisecond))),
          { _tag: "TooSoon", resendAt }
        )
        assert.deepStrictEqual(yield* store.find(id), Option.some(verification))
        const { at: _, ...changes } = renewalAt(resendAt)
        const renewed = { ...verification, ...changes }
        assert.deepStrictEqual(yield* store.renew(id, { ...changes, at: resendAt }), {
          _tag: "Renewed",
          verification: renewed
        })
        assert.deepStrictEqual(yield* store.find(id), Option.some(renewed))
      })
    )

    it.effect(
      "of 50 concurrent renewals, one gives a new code, and the others get the time of the next",
      () =>
        Effect.gen(function* () {
          const { store, id, verification } = yield* given()
          const at = verification.resendAt
          const outcomes = yield* Effect.all(
            Arr.makeBy(50, () => store.renew(id, renewalAt(at))),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(tally(outcomes), { Renewed: 1, TooSoon: 49 })
          const again = addSeconds(at, resendCooldownSeconds)
          for (const outcome of outcomes) {
            if (outcome._tag === "TooSoon") assert.deepStrictEqual(outcome.resendAt, again)
          }
        })
    )
  })
