// That an event which can be caused again without end is recorded so often and no more, and what tells of the rest.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Metric, Option } from "effect"
import { TestClock } from "effect/testing"
import * as RandomIdGenerator from "../../../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryAuditLog from "../../../src/layers/memory/MemoryAuditLog.ts"
import * as MemoryRateLimiter from "../../../src/layers/memory/MemoryRateLimiter.ts"
import * as FiberBackground from "../../../src/layers/runtime/FiberBackground.ts"
import { AuditLog } from "../../../src/services/audit/AuditLog.ts"
import { auditBounded } from "../../../src/services/audit/auditBounded.ts"
import { RateLimiter } from "../../../src/services/runtime/RateLimiter.ts"
import { intercept } from "../../../src/testing/intercept.ts"

const services = Layer.mergeAll(
  MemoryAuditLog.layer(),
  MemoryRateLimiter.layer({ factor: 1 }),
  FiberBackground.layer({ shutdownSeconds: 0 }),
  RandomIdGenerator.layer
)

/** Details of what was stored, the newest first. */
const stored = Effect.gen(function* () {
  yield* Effect.yieldNow
  const log = yield* AuditLog
  const events = yield* log.list({
    kind: Option.none(),
    userId: Option.none(),
    before: Option.none(),
    limit: 100
  })
  return events.map(({ details }) => details)
})

/** How many were left out, of this kind. */
const suppressed = Effect.map(Metric.snapshot, (metrics) => {
  const found = metrics.find(
    ({ id, attributes }) =>
      id === "audit_events_suppressed_total" && attributes?.["kind"] === "limit_reached"
  )
  return found?.type === "Counter" ? Number(found.state.count) : 0
})

const refused = auditBounded(
  [
    ["refusalSubject", "ada"],
    ["deniedUser", "ada"]
  ],
  { kind: "limit_reached", details: { limit: "loginAccount" } }
)

describe("an event with a limit", () => {
  it.effect("is recorded up to its limits; further ones are counted", () =>
    Effect.gen(function* () {
      const before = yield* suppressed
      for (let i = 0; i < 3; i++) yield* refused
      const recorded = { limit: "loginAccount", silentSeconds: 900 } as const
      assert.deepStrictEqual(yield* stored, [recorded])
      assert.strictEqual((yield* suppressed) - before, 2)
      yield* TestClock.adjust("900 seconds")
      yield* refused
      assert.deepStrictEqual(yield* stored, [recorded, recorded])
    }).pipe(Effect.provide(services))
  )

  it.effect(
    "says how long further ones are not recorded after a limit is used up, by the longest limit",
    () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const denied = auditBounded(
          [
            ["deniedUser", "ada"],
            ["orderReading", "ada:order"]
          ],
          { kind: "access_denied" }
        )
        for (let i = 0; i < 18; i++) yield* limiter.take("deniedUser", "ada")
        yield* denied
        yield* TestClock.adjust("900 seconds")
        yield* denied
        assert.deepStrictEqual(yield* stored, [{ silentSeconds: 2700 }, { silentSeconds: 900 }])
      }).pipe(Effect.provide(services))
  )

  it.effect("is recorded after it is counted, also when its client has disconnected", () => {
    const leaving = intercept(RateLimiter, ({ take }) => ({
      take: (...limit) => Effect.tap(take(...limit), () => Effect.yieldNow)
    })).pipe(Layer.provideMerge(services))
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(refused, { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.lengthOf(yield* stored, 1)
    }).pipe(Effect.provide(leaving))
  })
})
