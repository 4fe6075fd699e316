// The span of a request as a collector gets it: its name and attributes, what is an error, and what has none.
import { Duration, Effect, Layer, Logger, Random } from "effect"
import { assert, describe, it } from "vitest"
import { isClientError } from "../../src/api/errors.ts"
import * as Tracing from "../../src/layers/otel/Tracing.ts"
import { ProductStore, ProductStoreError } from "../../src/services/products/ports/ProductStore.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { type CollectedSpan, startCollector } from "../../tools/harness/collector.ts"
import { type Embedded, type EmbeddedOptions, embedded } from "./embedded.ts"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const callerId = "b7ad6b7169203331"

/** Calls a system that sends its traces to a collector, in one trace; answers that trace as the collector has it. */
const collect = async (
  calls: (system: Embedded, headers: Readonly<Record<string, string>>) => unknown,
  options: EmbeddedOptions = {},
  kept = true
): Promise<ReadonlyArray<CollectedSpan>> => {
  const collector = await startCollector()
  try {
    const chance = { nextDoubleUnsafe: () => (kept ? 0.009 : 0.01), nextIntUnsafe: () => 0 }
    const tracing = Tracing.layer({
      service: "order-api",
      endpoint: collector.endpoint,
      ratio: 0.01,
      isAnswer: isClientError
    }).pipe(Layer.provide(Layer.succeed(Random.Random, chance)))
    const logging = Layer.merge(Logger.layer([]), tracing)
    const system = await embedded({ ...options, logging })
    await calls(system, { traceparent: `00-${traceId}-${callerId}-01` })
    await system[Symbol.asyncDispose]()
    return collector.spans.filter((span) => span.traceId === traceId)
  } finally {
    await collector.stop()
  }
}

const server = 2
const requestsOf = (spans: ReadonlyArray<CollectedSpan>) =>
  spans.filter(({ kind }) => kind === server)

describe("the span of a request", () => {
  it("has the attributes of the HTTP conventions, as a child of the caller's span", async () => {
    const spans = await collect(({ app }, headers) =>
      app.request("https://shop.example/api/products/mug-blue?secret=1", { headers })
    )
    const [request] = requestsOf(spans)
    assert.deepInclude(request, {
      name: "GET /api/products/:sku",
      parentSpanId: callerId,
      status: { code: 0 }
    })
    assert.deepStrictEqual(request?.attributes, {
      "http.request.method": "GET",
      "http.route": "/api/products/:sku",
      "url.scheme": "https",
      "url.path": "/api/products/mug-blue",
      "server.address": "shop.example",
      "server.port": 443,
      "http.response.status_code": 404
    })
    const inner = spans.find(({ name }) => name === "getProduct")
    assert.strictEqual(inner?.parentSpanId, request?.spanId)
  })

  it("has no error when the response is a client error", async () => {
    const spans = await collect(async ({ app }, headers) => {
      const json = { ...headers, "content-type": "application/json" }
      const post = (path: string, body: object) =>
        app.request(path, { method: "POST", headers: json, body: JSON.stringify(body) })
      const code = { verificationId: "0".repeat(32), otp: "123456" }
      const login = { email: "nobody@example.com", password: "not this one" }
      const weak = { email: "ada@example.com", password: "12345678" }
      const answers = [
        await app.request("/api/products/nowhere", { headers }),
        await post("/api/auth/verify-otp", code),
        await post("/api/auth/login", login),
        await post("/api/auth/register", weak)
      ]
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [404, 410, 401, 422]
      )
    })
    for (const name of ["getProduct", "verifyOtp", "login", "register"])
      assert.include(
        spans.map((span) => span.name),
        name
      )
    const errors = spans.filter(({ status, events }) => status.code !== 0 || events.length > 0)
    assert.deepStrictEqual(errors, [])
  })

  it("contains no path or method that clients make up", async () => {
    const spans = await collect(async ({ app }, headers) => {
      await app.request("http://orders.test:8080/api/products/ada@example.com", { headers })
      await app.request("/made/up/path", { headers, method: "MADEUP" })
    })
    const [pasted, madeUp] = requestsOf(spans)
    assert.strictEqual(pasted?.attributes["url.path"], "/api/products/:sku")
    assert.strictEqual(pasted?.attributes["server.port"], 8080)
    assert.strictEqual(madeUp?.name, "HTTP")
    assert.strictEqual(madeUp?.attributes["http.request.method"], "_OTHER")
    assert.notInclude(JSON.stringify(spans), "MADEUP")
    assert.notInclude(JSON.stringify(spans), "made/up")
    assert.notInclude(JSON.stringify(spans), "ada@")
  })

  it("is an error with the cause's name when a dependency is unavailable or a defect occurs", async () => {
    const away = new ProductStoreError({ operation: "list", cause: new Error("s3cret") })
    const override = intercept(ProductStore, () => ({
      list: () => Effect.fail(away),
      find: () => Effect.die(new TypeError("s3cret bug"))
    }))
    const spans = await collect(
      async ({ app }, headers) => {
        await app.request("/api/products", { headers })
        await app.request("/api/products/any", { headers })
      },
      { override }
    )
    assert.deepStrictEqual(
      requestsOf(spans).map(({ attributes, status }) => [
        attributes["http.response.status_code"],
        attributes["error.type"],
        status
      ]),
      [
        [503, "503", { code: 2, message: "ProductStoreError" }],
        [500, "500", { code: 2, message: "TypeError" }]
      ]
    )
    const within = spans.filter(({ name }) => ["listProducts", "getProduct"].includes(name))
    assert.deepStrictEqual(
      within.map(({ status, events }) => [status.code, events]),
      [
        [2, ["exception"]],
        [2, ["exception"]]
      ]
    )
  })

  it("is an error when the deadline has passed", async () => {
    const override = intercept(ProductStore, () => ({ list: () => Effect.never }))
    const spans = await collect(({ app }, headers) => app.request("/api/products", { headers }), {
      override,
      app: { deadline: Duration.millis(20) }
    })
    const [request] = requestsOf(spans)
    assert.deepStrictEqual(request?.status, { code: 2, message: "deadline exceeded" })
    assert.strictEqual(request?.attributes["error.type"], "503")
  })

  it("is not recorded for probes and scrapes", async () => {
    const spans = await collect(async ({ app }, headers) => {
      for (const path of ["/healthz", "/readyz", "/metrics", "/api/products"])
        assert.strictEqual((await app.request(path, { headers })).status, 200)
    })
    assert.deepStrictEqual(
      requestsOf(spans).map(({ name }) => name),
      ["GET /api/products"]
    )
  })

  it("is not recorded for a request that is not sampled, nor are its children", async () => {
    const calls = async ({ app }: Embedded, headers: Readonly<Record<string, string>>) => {
      const json = { ...headers, "content-type": "application/json" }
      const body = JSON.stringify({ email: "ada@example.com", password: "correct horse battery" })
      await app.request("/api/products", { headers })
      await app.request("/api/auth/register", { method: "POST", headers: json, body })
    }
    assert.isAbove((await collect(calls)).length, 3)
    assert.deepStrictEqual(await collect(calls, {}, false), [])
  })
})
