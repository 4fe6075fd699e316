// One line for each request that is logged.
import { Effect, Layer, Logger, References } from "effect"
import type { LogLevel } from "effect/LogLevel"
import { assert, describe, it } from "vitest"
import { ProductStore } from "../../src/services/products/ports/ProductStore.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { embedded } from "../conformance/embedded.ts"

interface Line {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A system whose lines of requests are kept. */
const open = async (
  minimum: LogLevel,
  loggedRequests: number,
  override: Parameters<typeof embedded>[0] = {}
) => {
  const lines: Array<Line> = []
  const logger = Logger.make<unknown, void>(({ message, logLevel, fiber }) => {
    const [text, fields] = Array.isArray(message) ? message : [message]
    if (text !== "request answered") return
    const annotations = fiber.getRef(References.CurrentLogAnnotations)
    lines.push({ level: logLevel, fields: { ...annotations, ...fields } })
  })
  const system = await embedded({
    ...override,
    app: { loggedRequests },
    logging: Layer.merge(Logger.layer([logger]), Layer.succeed(References.MinimumLogLevel, minimum))
  })
  const call = async (method: string, path: string, body?: object, token?: string) =>
    await system.fetch(
      new Request(`${system.origin}${path}`, {
        method,
        headers: {
          "X-Request-Id": "it",
          "Content-Type": "application/json",
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` })
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
    )
  return {
    lines,
    call,
    admin: system.admin,
    ask: async (path: string) => (await call("GET", path)).status,
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]()
  }
}

const brokenStore = {
  override: intercept(ProductStore, () => ({
    list: () => Effect.die(new Error("a bug"))
  }))
}

describe("a request", () => {
  it("has a line at debug, with method, route, status, time and id", async () => {
    await using system = await open("Debug", 0)
    assert.strictEqual(await system.ask("/api/products/nothing?q=s3cret"), 404)
    assert.strictEqual(system.lines.length, 1)
    const [{ level, fields } = assert.fail()] = system.lines
    assert.strictEqual(level, "Debug")
    const { ms, ...rest } = fields
    assert.isAbove(Number(ms), 0)
    assert.deepStrictEqual(rest, {
      requestId: "it",
      method: "GET",
      route: "/api/products/:sku",
      status: 404
    })
  })

  it("has the user's id", async () => {
    await using system = await open("Debug", 0)
    const { admin } = system
    const login = await system.call("POST", "/api/auth/login", admin)
    const { accessToken, user } = await login.json()
    assert.strictEqual(
      (await system.call("GET", "/api/orders", undefined, accessToken)).status,
      200
    )
    assert.deepStrictEqual(
      system.lines.map(({ fields }) => [fields["route"], fields["userId"]]),
      [
        ["/api/auth/login", undefined],
        ["/api/orders", user.id]
      ]
    )
  })

  it("has a line at info for the configured share of requests", async () => {
    await using all = await open("Info", 1)
    await using none = await open("Info", 0)
    await using some = await open("Info", 0.5)
    for (const system of [all, none, some])
      for (let i = 0; i < 100; i++) assert.strictEqual(await system.ask("/healthz"), 200)
    assert.strictEqual(all.lines.length, 100)
    assert.strictEqual(all.lines[0]?.level, "Info")
    assert.strictEqual(none.lines.length, 0)
    assert.isAbove(some.lines.length, 20)
    assert.isBelow(some.lines.length, 80)
  })

  it("has a line at info for every server error", async () => {
    await using system = await open("Info", 0, brokenStore)
    assert.strictEqual(await system.ask("/api/products"), 500)
    assert.deepInclude(system.lines[0]?.fields, { status: 500, route: "/api/products" })
    await using quiet = await open("Warn", 1, brokenStore)
    assert.strictEqual(await quiet.ask("/api/products"), 500)
    assert.strictEqual(quiet.lines.length, 0)
  })
})
