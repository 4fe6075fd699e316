// Embedded stores forget what is over, a bounded number of entries at a time.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { layer as sessionLayer } from "../../../src/layers/memory/MemorySessionStore.ts"
import { layer as verificationLayer } from "../../../src/layers/memory/MemoryVerificationStore.ts"
import { makeSweep } from "../../../src/layers/memory/sweep.ts"
import { type Session, TokenId } from "../../../src/services/accounts/model/Session.ts"
import { CodeDigest, type Verification } from "../../../src/services/accounts/model/Verification.ts"
import { SessionStore } from "../../../src/services/accounts/ports/SessionStore.ts"
import { VerificationStore } from "../../../src/services/accounts/ports/VerificationStore.ts"
import { SessionId, UserId, VerificationId } from "../../../src/services/ids.ts"

describe("sweeping", () => {
  it("bounds a map that only gets entries, and removes only expired ones", () => {
    const entries = new Map<number, number>()
    const sweep = makeSweep(entries, (expiresAt, nowMillis) => expiresAt <= nowMillis)
    const lifetime = 100
    let largest = 0
    for (let time = 0; time < 5_000; time++) {
      sweep(time)
      entries.set(time, time + lifetime)
      largest = Math.max(largest, entries.size)
      const live = [...entries.values()].filter((expiresAt) => expiresAt > time)
      assert.strictEqual(live.length, Math.min(time + 1, lifetime))
    }
    assert.isBelow(largest, 2 * lifetime)
  })

  it("checks at most 16 entries a call", () => {
    const entries = new Map(Array.from({ length: 1000 }, (_, index) => [index, 0] as const))
    let looked = 0
    const sweep = makeSweep(entries, () => {
      looked++
      return true
    })
    sweep(0)
    assert.strictEqual(looked, 16)
    assert.strictEqual(entries.size, 984)
  })

  it.effect("an expired verification is removed as others are added", () =>
    Effect.gen(function* () {
      const store = yield* VerificationStore
      const short = VerificationId.make("short")
      const long = VerificationId.make("long")
      const proof = (id: VerificationId, expiresAt: number): Verification => ({
        id,
        purpose: { _tag: "Taken", email: "a@example.com", locale: "de" },
        codeDigest: CodeDigest.make("digest"),
        attempts: 0,
        expiresAt: new Date(expiresAt),
        resendAt: new Date(0),
        consumedAt: Option.none()
      })
      yield* store.create(proof(short, 1000))
      yield* store.create(proof(long, 3000))
      yield* TestClock.adjust(2000)
      yield* store.create(proof(VerificationId.make("another"), 4000))
      yield* store.create(proof(VerificationId.make("yet another"), 4000))
      assert.isTrue(Option.isNone(yield* store.find(short)))
      assert.isTrue(Option.isSome(yield* store.find(long)))
    }).pipe(Effect.provide(verificationLayer))
  )

  it.effect("an ended session is removed as others are added", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const start = new Date(0)
      const session = (name: string, exp: number): Session => ({
        id: SessionId.make(name),
        userId: UserId.make("u1"),
        passwordVersion: 0,
        current: { jti: TokenId.make(name), iat: 0, exp },
        previous: Option.none(),
        lateRepeat: Option.none(),
        createdAt: start,
        absoluteExpiresAt: new Date(9_000_000),
        endedAt: Option.none()
      })
      const next = { jti: TokenId.make("next"), iat: 0, exp: 9000 }
      // As if nothing had expired: only what was forgotten has ended then.
      const isKept = ({ id, current }: Session) =>
        Effect.map(
          store.rotate({ sessionId: id, presented: current.jti, next, at: start }),
          ({ _tag }) => _tag === "Rotated"
        )
      const short = session("short", 1)
      const long = session("long", 3)
      yield* store.create(short)
      yield* store.create(long)
      yield* TestClock.adjust(2000)
      yield* store.create(session("another", 4))
      yield* store.create(session("yet another", 4))
      assert.isFalse(yield* isKept(short))
      assert.isTrue(yield* isKept(long))
    }).pipe(Effect.provide(sessionLayer))
  )
})
