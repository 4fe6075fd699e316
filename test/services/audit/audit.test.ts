// That recording an event never fails, waits or gets lost without a trace.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Logger, Option, References } from "effect"
import { TestClock } from "effect/testing"
import * as RandomIdGenerator from "../../../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryAuditLog from "../../../src/layers/memory/MemoryAuditLog.ts"
import * as FiberBackground from "../../../src/layers/runtime/FiberBackground.ts"
import { AuditLog, AuditLogError } from "../../../src/services/audit/AuditLog.ts"
import { audit, audited, type Entry } from "../../../src/services/audit/audit.ts"
import { fromCommandLine, Origin } from "../../../src/services/audit/Origin.ts"
import { UserId } from "../../../src/services/ids.ts"
import { intercept } from "../../../src/testing/intercept.ts"

const entry: Entry = { kind: "logged_out", subject: { userId: UserId.make("ada") } }
const away = new AuditLogError({ operation: "append", cause: new Error("away") })

const stored = AuditLog.use((log) =>
  log.list({ kind: Option.none(), userId: Option.none(), before: Option.none(), limit: 10 })
)

/** Longer than all tries take, in steps: the next wait begins only when the one before is over. */
const pass = Effect.repeat(TestClock.adjust("1 second"), { times: 30 })

/** A log whose appends go through `append`, and the lines that are written meanwhile. */
const world = (
  append: (real: AuditLog["Service"]["append"]) => AuditLog["Service"]["append"] = (real) => real
) => {
  const lines: Array<{ readonly level: string; readonly message: unknown }> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    lines.push({ level: logLevel, message })
  })
  const layer = Layer.mergeAll(
    intercept(AuditLog, (real) => ({ append: append(real.append) })).pipe(
      Layer.provide(MemoryAuditLog.layer())
    ),
    FiberBackground.layer({ shutdownSeconds: 0 }),
    RandomIdGenerator.layer,
    Logger.layer([logger]),
    Layer.succeed(References.MinimumLogLevel, "All")
  )
  return { lines, layer }
}

describe("audit", () => {
  it.effect("writes a log line immediately and stores the same, with the client's address", () => {
    const { lines, layer } = world()
    return Effect.gen(function* () {
      yield* Effect.provideService(audit(entry), Origin, fromCommandLine)
      yield* Effect.yieldNow
      const [event] = yield* stored
      assert(event !== undefined)
      const actor = { type: "cli" } as const
      assert.deepInclude(event, { ...entry, outcome: "success", actor: Option.some(actor) })
      const written = { ...event, actor, client: null, requestId: null }
      assert.deepStrictEqual(lines, [
        { level: "Info", message: ["logged_out", { audit: written }] }
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("logs failures as warnings", () => {
    const { lines, layer } = world()
    return Effect.gen(function* () {
      yield* audit({ kind: "login_failed" })
      assert.deepStrictEqual(
        lines.map(({ level }) => level),
        ["Warn"]
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("does not wait for the store", () => {
    const { lines, layer } = world(() => () => Effect.never)
    return Effect.gen(function* () {
      yield* audit(entry)
      assert.strictEqual(lines.length, 1)
    }).pipe(Effect.provide(layer), Effect.scoped)
  })

  it.effect("is stored when the store is back, without a log line about it", () => {
    let failures = 3
    const { lines, layer } = world(
      (real) => (event) => Effect.suspend(() => (failures-- > 0 ? away : real(event)))
    )
    return Effect.gen(function* () {
      yield* audit(entry)
      yield* pass
      assert.strictEqual((yield* stored).length, 1)
      assert.strictEqual(lines.length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is only in the log when the store stays unavailable, which is logged once", () => {
    let tries = 0
    const { lines, layer } = world(
      () => () =>
        Effect.suspend(() => {
          tries += 1
          return away
        })
    )
    return Effect.gen(function* () {
      yield* audit(entry)
      yield* pass
      assert.strictEqual(tries, 5)
      assert.deepStrictEqual(
        lines.map(({ level }) => level),
        ["Info", "Error"]
      )
    }).pipe(Effect.provide(layer))
  })
})

describe("audited", () => {
  it.effect("records a change also when its client has disconnected", () => {
    const { layer } = world()
    return Effect.gen(function* () {
      const [begun, may] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const change = Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(may))
      const fiber = yield* Effect.forkChild(audited(change, () => Option.some(entry)))
      yield* Deferred.await(begun)
      const gone = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      yield* Deferred.succeed(may, undefined)
      yield* Fiber.join(gone)
      yield* Effect.yieldNow
      assert.strictEqual((yield* stored).length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("records no change that failed", () => {
    const { lines, layer } = world()
    return Effect.gen(function* () {
      const failed = yield* Effect.exit(audited(Effect.fail("no"), () => Option.some(entry)))
      assert.deepStrictEqual(failed, Exit.fail("no"))
      yield* audited(Effect.void, () => Option.none())
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.provide(layer))
  })
})
