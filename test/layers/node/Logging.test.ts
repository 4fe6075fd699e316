// A line as it is shipped: what every one has, and where the parts of what was logged are.
import { Cause, Effect, Layer } from "effect"
import { assert, describe, it, vi } from "vitest"
import * as Lifecycle from "../../../src/layers/node/Lifecycle.ts"
import * as Logging from "../../../src/layers/node/Logging.ts"
import { version } from "../../../src/programs/version.ts"

const written = async (
  effect: Effect.Effect<unknown>,
  format: "json" | "pretty" = "json"
): Promise<ReadonlyArray<string>> => {
  const lines: Array<string> = []
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    lines.push(String(chunk))
    return true
  })
  try {
    const logging = Logging.layer({ level: "info", format, service: "order-worker", version })
    await Effect.runPromise(Effect.provide(effect, logging))
  } finally {
    stdout.mockRestore()
  }
  return lines
}

describe("a line", () => {
  it("has the service and its version, for any logged value", async () => {
    const lines = await written(
      Effect.andThen(
        Effect.logInfo("one", { service: "another", version: "0" }),
        Effect.annotateLogs(Effect.logWarning("two"), { service: "another" })
      )
    )
    assert.match(version, /^\d+\.\d+\.\d+/u)
    for (const line of lines)
      assert.deepInclude(JSON.parse(line), { service: "order-worker", version })
    assert.strictEqual(lines.length, 2)
  })

  it("has the error and its stack in separate fields", async () => {
    const [line = "", ...more] = await written(
      Effect.logError("an order failed", Cause.die(new RangeError("too much")))
    )
    assert.deepStrictEqual(more, [])
    const { message, cause } = JSON.parse(line)
    assert.strictEqual(message, "an order failed")
    assert.match(cause, /RangeError: too much\n +at /u)
  })
})

describe("a process", () => {
  it("logs its start, and as its last line its stop", async () => {
    const lines = await written(
      Effect.logInfo("works").pipe(
        Effect.andThen(Effect.addFinalizer(() => Effect.logInfo("closes"))),
        Effect.scoped,
        Effect.provide(Layer.fresh(Lifecycle.layer))
      )
    )
    assert.deepStrictEqual(
      lines.map((line) => JSON.parse(line).message),
      ["starting", "works", "closes", "stopped"]
    )
  })
})
