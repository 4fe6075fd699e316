// Embedded stores forget what is over, a bounded number of entries at a time.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { layer as sessionLayer } from "../../../src/layers/memory/MemorySessionStore.ts"
import { layer as verificationLayer } from "../../../src/layers/memory/MemoryVerificationStore.ts"
import { makeSweep } from "../../../src/layers/memory/sweep.ts"
import { SessionStore } from "../../../src/services/accounts/ports/SessionStore.ts"
import { VerificationStore } from "../../../src/services/accounts/ports/VerificationStore.ts"

describe("sweeping", () => {
  it("keeps a map in bounds that only ever gets entries, and drops none that is not over", () => {
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

  it("looks at no more than 16 entries a call", () => {
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

  it.effect("an expired proof is forgotten as others come", () =>
    Effect.gen(function* () {
      const store = yield* VerificationStore
      const proof = (id: string, expiresAt: number) => ({
        id,
        purpose: { _tag: "Taken" as const, email: "a@example.com" },
        codeDigest: "digest",
        attempts: 0,
        expiresAt: new Date(expiresAt),
        resendAt: new Date(0),
        consumedAt: null
      })
      yield* store.create(proof("short", 1000))
      yield* store.create(proof("long", 3000))
      yield* TestClock.adjust(2000)
      yield* store.create(proof("another", 4000))
      yield* store.create(proof("yet another", 4000))
      assert.isTrue(Option.isNone(yield* store.find("short")))
      assert.isTrue(Option.isSome(yield* store.find("long")))
    }).pipe(Effect.provide(verificationLayer))
  )

  it.effect("a session that is over is forgotten as others come", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const start = new Date(0)
      const session = (id: string, exp: number) => ({
        id,
        userId: "u1",
        passwordVersion: 0,
        current: { jti: id, iat: 0, exp },
        previous: null,
        createdAt: start,
        absoluteExpiresAt: new Date(9_000_000),
        endedAt: null
      })
      const next = { jti: "next", iat: 0, exp: 9000 }
      // As if nothing had expired: only what was forgotten has ended then.
      const isKept = (id: string) =>
        Effect.map(
          store.rotate({ sessionId: id, presented: id, next, at: start }),
          ({ _tag }) => _tag === "Rotated"
        )
      yield* store.create(session("short", 1))
      yield* store.create(session("long", 3))
      yield* TestClock.adjust(2000)
      yield* store.create(session("another", 4))
      yield* store.create(session("yet another", 4))
      assert.isFalse(yield* isKept("short"))
      assert.isTrue(yield* isKept("long"))
    }).pipe(Effect.provide(sessionLayer))
  )
})
