// No password, code, token, whole address or other text of a client is in a log line or an audit event:
// of API and worker, in both formats, with everything logged, under every fault.
import { setImmediate } from "node:timers/promises"
import { Effect, Exit, Layer, Logger, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import { assert, describe, it, vi } from "vitest"
import { operationsOf } from "../../src/api/openapi.ts"
import * as MemorySendRate from "../../src/layers/memory/MemorySendRate.ts"
import * as Logging from "../../src/layers/node/Logging.ts"
import type { AuditEvent } from "../../src/services/audit/AuditEvent.ts"
import { AuditLog } from "../../src/services/audit/AuditLog.ts"
import { audit } from "../../src/services/audit/audit.ts"
import { Mailbox } from "../../src/services/messaging/Mailbox.ts"
import { worker } from "../../src/worker/Worker.ts"
import { embedded } from "../conformance/embedded.ts"
import { makeCanaries } from "./canaries.ts"
import { faults, faultyPorts } from "./faultyPorts.ts"
import { walker } from "./walk.ts"

const operations = operationsOf({ mailbox: true, openMetrics: false })

const startWorker = worker({ concurrency: 8, visibilitySeconds: 10, drainSeconds: 1 }).pipe(
  Layer.provide(MemorySendRate.layer({ maxPerSecond: 1000 }))
)

const everything = {
  kind: Option.none(),
  userId: Option.none(),
  before: Option.none(),
  limit: 100_000
}

const formats = { json: "stdout", pretty: "stderr" } as const
type Format = keyof typeof formats

const loggingIn = (format: Format) =>
  Logging.layer({
    ...{ level: "trace", format, stream: formats[format] },
    ...{ service: "order-api", version: "1.2.3" }
  })

/** One system writes both formats. */
const logging = Layer.effect(
  Logger.CurrentLoggers,
  Effect.map(
    Effect.all([
      Effect.provide(Logger.CurrentLoggers, loggingIn("json")),
      Effect.provide(Logger.CurrentLoggers, loggingIn("pretty"))
    ]),
    (loggers) => new Set(loggers.flatMap((some) => [...some]))
  )
).pipe(Layer.provideMerge(loggingIn("json")))

const record = (stream: "stdout" | "stderr") => {
  const lines: Array<string> = []
  const write = vi.spyOn(process[stream], "write").mockImplementation((chunk) => {
    lines.push(String(chunk))
    return true
  })
  return { text: () => lines.join(""), restore: () => write.mockRestore() }
}

const open = async () => {
  const json = record(formats.json)
  const pretty = record(formats.pretty)
  const { fault, layer } = faultyPorts()
  const system = await embedded({
    override: Layer.merge(layer, TestClock.layer()),
    logging,
    app: { loggedRequests: 1 }
  })
  const scope = await system.run(Scope.make())
  await system.run(Layer.buildWithScope(startWorker, scope))
  const canaries = makeCanaries()
  const walk = walker(
    {
      ...system,
      sentTo: async (to) => {
        // It goes out behind the answer, or never: as many turns as it can take.
        for (let turn = 0; turn < 50; turn++) {
          const messages = await system.run(Mailbox.use(({ list }) => list))
          const found = messages.find((message) => message.to === to)
          if (found !== undefined) return found.text
          await setImmediate()
        }
        return undefined
      }
    },
    canaries
  )
  return {
    ...walk,
    canaries,
    fault,
    run: system.run,
    logs: () => ({ json: json.text(), pretty: pretty.text() }),
    events: async () => {
      const events = await system.run(AuditLog.use((log) => log.list(everything)))
      return JSON.stringify(events.map(withoutReason))
    },
    [Symbol.asyncDispose]: async () => {
      fault.port = undefined
      // The worker drains by the clock.
      const passing = Effect.forever(TestClock.adjust("1 second"))
      await system.run(Effect.raceFirst(Scope.close(scope, Exit.void), passing))
      await system[Symbol.asyncDispose]()
      json.restore()
      pretty.restore()
    }
  }
}

/** Why an administrator did something is in the event, and in no log. */
const withoutReason = ({ details: { reason: _, ...details }, ...event }: AuditEvent) => ({
  ...event,
  details
})

describe("logs in both formats, and audit events", () => {
  it("contain nothing that clients send to any endpoint, valid or invalid", async () => {
    await using system = await open()
    const { journey, mistakes, send, canaries, logs, events } = system
    const tokens = await journey()
    for (const operation of operations)
      for (const mistake of mistakes(operation, tokens)) await send(...mistake)
    for (const log of Object.values(logs())) {
      for (const kind of ["login_failed", "address_proven", "phone_changed", "refresh_reused"])
        assert.include(log, kind)
      assert.deepStrictEqual(canaries.leaks(log), [])
    }
    assert.deepStrictEqual(canaries.leaks(await events()), [])
  }, 120_000)

  it("contain nothing of it when a port fails or dies with a long message", async () => {
    await using system = await open()
    const { journey, use, canaries, fault, run, logs, events } = system
    const tokens = await journey()
    for (const one of faults) {
      Object.assign(fault, one)
      await journey(tokens)
      for (const operation of operations) await use(operation, tokens)
      // Worker and background have all their tries at the same fault.
      await run(Effect.repeat(TestClock.adjust("1 second"), { times: 12 }))
    }
    fault.port = undefined
    for (const log of Object.values(logs())) {
      for (const said of [
        "E11000",
        "request failed",
        "dependency unavailable",
        "the mail of an order failed",
        "could not be confirmed",
        "an audit event is in the log alone",
        "a message to an account's owner could not be sent",
        "orders not cached",
        "background work died"
      ])
        assert.include(log, said)
      assert.deepStrictEqual(canaries.leaks(log), [])
    }
    assert.deepStrictEqual(canaries.leaks(await events()), [])
  }, 120_000)

  it("with a secret in them fail this test", async () => {
    await using system = await open()
    const { canaries, run, logs, events } = system
    const leaks = () => Object.values(logs()).map((log) => canaries.leaks(log).length)
    assert.deepStrictEqual(leaks(), [0, 0])
    await run(Effect.logTrace("it is", { password: canaries.text("password") }))
    canaries.note("code", "271828")
    await run(Effect.logTrace("your code is 271828."))
    assert.deepStrictEqual(leaks(), [2, 2])
    await run(audit({ kind: "login_failed", subject: { address: canaries.email("address") } }))
    assert.strictEqual(canaries.leaks(await events()).length, 1)
  })
})
