// What callers meet when parts of the system fail, hang or go away.
import { getEventListeners } from "node:events"
import { Deferred, Duration, Effect, Layer, Logger, Metric, Option, Tracer } from "effect"
import { assert, describe, it, vi } from "vitest"
import type { ApiContext } from "../../src/api/context.ts"
import type { WaitUntil } from "../../src/api/serve.ts"
import * as NoSms from "../../src/layers/twilio/NoSms.ts"
import { OrderBatcher } from "../../src/services/orders/ports/OrderBatcher.ts"
import { OrderCache, OrderCacheError } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderStore, OrderStoreError } from "../../src/services/orders/ports/OrderStore.ts"
import { ProductStore } from "../../src/services/products/ports/ProductStore.ts"
import { Background } from "../../src/services/runtime/Background.ts"
import { Overloaded } from "../../src/services/runtime/Overloaded.ts"
import { Readiness } from "../../src/services/runtime/Readiness.ts"
import { RequestLifetime } from "../../src/services/runtime/RequestLifetime.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { type Embedded, type EmbeddedOptions, embedded } from "./embedded.ts"
import { connect } from "./target.ts"
import { expectProblem, openWorld } from "./world.ts"

const unknownId = "0".repeat(32)

/** Keeps the lines that were logged. */
const recorder = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>((entry) => {
    lines.push(Logger.formatJson.log(entry))
  })
  return { lines, logger }
}

const open = async (options: EmbeddedOptions) => {
  const system = await embedded(options)
  return { system, world: await openWorld(system) }
}

const noOrders = Effect.fail(new OrderStoreError({ operation: "find", cause: new Error("s3cret") }))
const noCache = Effect.fail(new OrderCacheError({ operation: "get", cause: new Error("away") }))

describe("a store that is away", () => {
  it("is answered 503 with Retry-After, and only the log has the cause", async () => {
    const { lines, logger } = recorder()
    const override = intercept(OrderStore, () => ({ find: () => noOrders }))
    const { system, world } = await open({ override, loggers: [logger] })
    await using _ = system
    const answer = await world.get(`/api/orders/${unknownId}`, {
      token: world.ada.token,
      headers: { "x-request-id": "the-one" }
    })
    expectProblem(answer, 503, "unavailable")
    assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/u)
    assert.notInclude(answer.text, "s3cret")
    const line = lines.find((text) => text.includes("s3cret"))
    assert.include(line, "the-one")
  })

  it("is answered 503 also when a bounded resource is full", async () => {
    const full = () => Effect.fail(new Overloaded({ resource: "batch" }))
    const { system, world } = await open({
      override: Layer.succeed(OrderBatcher, { place: full })
    })
    await using _ = system
    const answer = await world.order(world.ada, [{ sku: "any", quantity: 1 }])
    expectProblem(answer, 503, "unavailable")
  })
})

describe("a defect", () => {
  it("is answered 500 without its message, and logged under the request id", async () => {
    const { lines, logger } = recorder()
    const override = intercept(ProductStore, () => ({
      list: () => Effect.die(new Error("s3cret bug"))
    }))
    const { system, world } = await open({ override, loggers: [logger] })
    await using _ = system
    const answer = await world.get("/api/products", { headers: { "x-request-id": "the-one" } })
    expectProblem(answer, 500, "internal")
    assert.notInclude(answer.text, "s3cret")
    assert.include(
      lines.find((text) => text.includes("s3cret bug")),
      "the-one"
    )
  })

  it("is answered the same when it is thrown outside an effect", async () => {
    const { lines, logger } = recorder()
    const remoteAddress = (c: ApiContext) => {
      if (c.req.path === "/healthz") throw new Error("s3cret bug")
      return "192.0.2.1"
    }
    await using system = await embedded({ app: { remoteAddress }, loggers: [logger] })
    const response = await system.fetch(
      new Request(`${system.origin}/healthz`, { headers: { "x-request-id": "the-one" } })
    )
    assert.deepStrictEqual([response.status, (await response.json()).code], [500, "internal"])
    assert.include(
      lines.find((text) => text.includes("s3cret bug")),
      "the-one"
    )
    const metrics = await system.fetch(new Request(`${system.origin}/metrics`))
    assert.match(
      await metrics.text(),
      /^http_requests_total\{[^}]*route="\/healthz"[^}]*status="500"[^}]*\} [1-9]/mu
    )
  })
})

describe("a request", () => {
  it("is one program, in one fiber", async () => {
    let fibers = 0
    const count = Layer.succeed(Metric.FiberRuntimeMetrics, {
      recordFiberStart: () => {
        fibers += 1
      },
      recordFiberEnd: () => {}
    })
    await using system = await embedded({ logging: Layer.merge(count, Logger.layer([])) })
    const world = await openWorld(system)
    const { json } = await world.order(world.ada, [{ sku: await world.product(1), quantity: 1 }])
    const read = () => world.get(`/api/orders/${json.id}`, { token: world.ada.token })
    // What the order has left to do in the background is done, and the deadlines' timer has stopped.
    await vi.waitFor(async () => {
      assert.strictEqual((await read()).headers.get("x-cache"), "hit")
    })
    const before = fibers
    const answer = await read()
    assert.deepStrictEqual([answer.status, answer.headers.get("x-cache")], [200, "hit"])
    // One for the request, and one for the timer, which an idle process does not run.
    assert.strictEqual(fibers - before, 2)
  })
})

describe("a cache that is away", () => {
  it("is bypassed", async () => {
    const override = intercept(OrderCache, () => ({ get: () => noCache, put: () => noCache }))
    const { system, world } = await open({ override })
    await using _ = system
    const { json } = await world.order(world.ada, [{ sku: await world.product(1), quantity: 1 }])
    const answer = await world.get(`/api/orders/${json.id}`, { token: world.ada.token })
    assert.deepStrictEqual([answer.status, answer.headers.get("x-cache")], [200, "bypass"])
    assert.deepStrictEqual(answer.json, json)
  })

  it.each([
    ["away", noCache],
    ["empty", Effect.succeedNone]
  ])("leaves the check of the owner to the store's order when it is %s", async (_, get) => {
    const override = intercept(OrderCache, () => ({ get: () => get }))
    const { system, world } = await open({ override })
    await using _system = system
    const { json } = await world.order(world.ada, [{ sku: await world.product(1), quantity: 1 }])
    const read = (token: string) => world.get(`/api/orders/${json.id}`, { token })
    assert.strictEqual((await read(world.ada.token)).status, 200)
    expectProblem(await read(world.bob.token), 404, "not_found")
  })

  it("passes its entries on unchanged", async () => {
    const reformat = (json: string) => JSON.stringify(JSON.parse(json), null, 3)
    const override = intercept(OrderCache, ({ get }) => ({
      get: (id) =>
        Effect.map(
          get(id),
          Option.map((entry) => ({ ...entry, json: reformat(entry.json) }))
        )
    }))
    const { system, world } = await open({ override })
    await using _ = system
    const { json } = await world.order(world.ada, [{ sku: await world.product(1), quantity: 1 }])
    const read = () => world.get(`/api/orders/${json.id}`, { token: world.ada.token })
    let answer = await read()
    while (answer.headers.get("x-cache") !== "hit") answer = await read()
    assert.strictEqual(answer.text, reformat(answer.text))
  })
})

describe("text messages", () => {
  it("are refused when no SMS provider is configured", async () => {
    const { system, world } = await open({ override: NoSms.layer })
    await using _ = system
    const { token } = world.ada
    const answer = await world.post("/api/auth/phone", { phone: "+14155550123" }, { token })
    expectProblem(answer, 422, "channel_unavailable")
  })
})

describe("a body without end", () => {
  it("is refused with 413 and read no further", async () => {
    await using system = await embedded()
    const { call } = await connect(system)
    const cancelled = Promise.withResolvers<void>()
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1
        controller.enqueue(new Uint8Array(8192))
      },
      cancel: () => cancelled.resolve()
    })
    const headers = { "content-type": "application/json", "content-length": "2" }
    expectProblem(
      await call("POST", "/api/auth/login", { body, headers }),
      413,
      "payload_too_large"
    )
    await cancelled.promise
    assert.isBelow(pulled, 12)
  })
})

describe("a request that takes too long", () => {
  /** Enough for the OpenAPI document, which the client of these tests asks for first. */
  const deadline = Duration.millis(500)

  it("is answered 503 at its deadline, and its work is interrupted", async () => {
    const interrupted = Deferred.makeUnsafe<void>()
    const override = intercept(ProductStore, () => ({
      list: () => Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
    }))
    await using system = await embedded({ override, app: { deadline } })
    const { call } = await connect(system)
    const answer = await call("GET", "/api/products")
    expectProblem(answer, 503, "unavailable")
    assert.isTrue(answer.headers.has("retry-after"))
    await system.run(Deferred.await(interrupted))
  })

  it.each([
    ["no byte", ""],
    ["half", '{"email": "a@']
  ])("is answered 408 when %s of its body arrives", async (_, begun) => {
    await using system = await embedded({ app: { deadline } })
    const { call } = await connect(system)
    const cancelled = Promise.withResolvers<void>()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        if (begun !== "") controller.enqueue(new TextEncoder().encode(begun))
      },
      cancel: () => cancelled.resolve()
    })
    const headers = { "content-type": "application/json" }
    const answer = await call("POST", "/api/auth/login", { body, headers })
    expectProblem(answer, 408, "request_timeout")
    await cancelled.promise
  })

  it("has less than 10 seconds by default", async () => {
    const { defaultDeadline } = await import("../../src/api/app.ts")
    assert.isBelow(Duration.toMillis(defaultDeadline), 10_000)
  })
})

/** A list of products that says when it is asked for, and waits to be released. */
const heldListing = () => {
  const started = Deferred.makeUnsafe<void>()
  const release = Deferred.makeUnsafe<void>()
  const override = intercept(ProductStore, ({ list }) => ({
    list: (query) =>
      Deferred.succeed(started, undefined).pipe(
        Effect.andThen(Deferred.await(release)),
        Effect.andThen(list(query))
      )
  }))
  return { started, release, override }
}

describe("a process with as many requests as it takes", () => {
  it("refuses the next one immediately with 503, stays alive, and serves again afterwards", async () => {
    const { started, release, override } = heldListing()
    await using system = await embedded({ override, app: { maxInFlight: 1 } })
    const { call } = await connect(system)
    const first = call("GET", "/api/products")
    await system.run(Deferred.await(started))
    const refused = await call("GET", "/api/products")
    expectProblem(refused, 503, "unavailable")
    assert.isTrue(refused.headers.has("retry-after"))
    for (const path of [
      "/docs",
      "/openapi.json",
      "/docs/errors/internal",
      "/dev/mailbox",
      "/nothing"
    ])
      expectProblem(await call("GET", path), 503, "unavailable")
    for (const path of ["/healthz", "/readyz"])
      assert.strictEqual((await call("GET", path)).status, 200)
    assert.match((await call("GET", "/metrics")).text, /^http_requests_shed_total [1-9]/mu)
    await system.run(Deferred.succeed(release, undefined))
    assert.strictEqual((await first).status, 200)
    assert.strictEqual((await call("GET", "/api/products")).status, 200)
  })
})

describe("a request whose body is arriving", () => {
  const peer = (c: ApiContext) => c.req.header("x-peer")
  const login = JSON.stringify({ email: "nobody@example.com", password: "anything at all" })

  /** A login of a client; `asked` once its body is waited for. */
  const begin = (system: Embedded, address = "192.0.2.1") => {
    const asked = Promise.withResolvers<void>()
    let body: ReadableStreamDefaultController<Uint8Array> | undefined
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          body = controller
        },
        pull: () => asked.resolve()
      },
      { highWaterMark: 0 }
    )
    const init: RequestInit & { readonly duplex: "half" } = {
      method: "POST",
      headers: { "content-type": "application/json", "x-peer": address },
      body: stream,
      duplex: "half"
    }
    const answer = system.fetch(new Request(`${system.origin}/api/auth/login`, init))
    return {
      answer,
      asked: asked.promise,
      send: (text: string) => body?.enqueue(new TextEncoder().encode(text)),
      end: () => body?.close()
    }
  }

  it("does not count as a request in flight", async () => {
    await using system = await embedded({ app: { maxInFlight: 1 } })
    const { call } = await connect(system)
    const slow = begin(system)
    await slow.asked
    assert.strictEqual((await call("GET", "/api/products")).status, 200)
    slow.send(login)
    slow.end()
    assert.strictEqual((await slow.answer).status, 401)
  })

  it("counts as a request in flight once it has arrived", async () => {
    const { started, release, override } = heldListing()
    await using system = await embedded({ override, app: { maxInFlight: 1 } })
    const { call } = await connect(system)
    const slow = begin(system)
    await slow.asked
    const other = call("GET", "/api/products")
    await system.run(Deferred.await(started))
    slow.send(login)
    slow.end()
    assert.strictEqual((await slow.answer).status, 503)
    await system.run(Deferred.succeed(release, undefined))
    assert.strictEqual((await other).status, 200)
    assert.strictEqual((await call("GET", "/api/products")).status, 200)
  })

  it.concurrent.each([
    ["no byte comes", 0],
    ["less than 8 KiB a second come", 500]
  ])("is answered 408 well before its deadline when %s", async (_, everySecond) => {
    await using system = await embedded()
    const slow = begin(system)
    await slow.asked
    const began = performance.now()
    const sending = setInterval(() => slow.send(" ".repeat(everySecond / 10 + 1)), 100)
    const { status } = await slow.answer
    clearInterval(sending)
    assert.strictEqual(status, 408)
    assert.isAbove(performance.now() - began, 2900)
    assert.isBelow(performance.now() - began, 5000)
  })

  it.concurrent("continues while enough of it arrives", async () => {
    await using system = await embedded()
    const slow = begin(system)
    await slow.asked
    const sending = setInterval(() => slow.send(" ".repeat(1500)), 100)
    await new Promise((resolve) => setTimeout(resolve, 4000))
    clearInterval(sending)
    slow.send(login)
    slow.end()
    assert.strictEqual((await slow.answer).status, 401)
  })

  /** The last one to begin ends the first, before that is too slow by itself. */
  const expectOldestToGo = async (system: Embedded, addresses: ReadonlyArray<string>) => {
    const began = performance.now()
    const [last = "", ...others] = addresses
    const all = others.map((address) => begin(system, address))
    await Promise.all(all.map(({ asked }) => asked))
    const newest = begin(system, last)
    assert.strictEqual((await all[0]?.answer)?.status, 408)
    assert.isBelow(performance.now() - began, 2900)
    newest.send(login)
    newest.end()
    assert.strictEqual((await newest.answer).status, 401)
  }

  it("is dropped when it is the oldest of 65 of its client, and another client's is kept", async () => {
    await using system = await embedded({ app: { remoteAddress: peer, limitFactor: 1 } })
    const neighbour = begin(system, "198.51.100.7")
    await neighbour.asked
    await expectOldestToGo(system, Array(65).fill("192.0.2.1"))
    neighbour.send(login)
    neighbour.end()
    assert.strictEqual((await neighbour.answer).status, 401)
  })

  it("is dropped when it is the oldest of 1001", async () => {
    await using system = await embedded({ app: { remoteAddress: peer, limitFactor: 1 } })
    const address = (_: unknown, i: number) => `10.0.${i >> 8}.${i & 255}`
    await expectOldestToGo(system, Array.from({ length: 1001 }, address))
  })
})

describe("a client that disconnects", () => {
  it("is not watched after its response, so that its request can be freed", async () => {
    await using system = await embedded()
    const request = new Request(`${system.origin}/api/products`)
    await system.fetch(request)
    assert.isEmpty(getEventListeners(request.signal, "abort"))
  })

  it("interrupts its request", async () => {
    const started = Deferred.makeUnsafe<void>()
    const interrupted = Deferred.makeUnsafe<void>()
    const override = intercept(ProductStore, () => ({
      list: () =>
        Deferred.succeed(started, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
        )
    }))
    await using system = await embedded({ override })
    const client = new AbortController()
    const answer = system.fetch(
      new Request(`${system.origin}/api/products`, { signal: client.signal })
    )
    await system.run(Deferred.await(started))
    client.abort()
    await system.run(Deferred.await(interrupted))
    assert.strictEqual((await answer).status, 499)
  })
})

describe("a runtime that has ended", () => {
  it("answers 503", async () => {
    const system = await embedded()
    await system[Symbol.asyncDispose]()
    const response = await system.fetch(new Request(`${system.origin}/api/products`))
    assert.deepStrictEqual([response.status, (await response.json()).code], [503, "unavailable"])
  })
})

describe("a runtime that ends during a request", () => {
  it("answers it with 503, and interrupts its work", async () => {
    const started = Deferred.makeUnsafe<void>()
    const interrupted = Promise.withResolvers<void>()
    const override = intercept(ProductStore, () => ({
      list: () =>
        Deferred.succeed(started, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Effect.sync(interrupted.resolve))
        )
    }))
    const system = await embedded({ override, app: { deadline: Duration.minutes(1) } })
    const answer = system.fetch(new Request(`${system.origin}/api/products`))
    await system.run(Deferred.await(started))
    await system[Symbol.asyncDispose]()
    assert.strictEqual((await answer).status, 503)
    await interrupted.promise
  })
})

describe("readiness", () => {
  const check = (required: boolean) =>
    Layer.succeed(Readiness, {
      checks: [{ name: "mongo", required, problem: Effect.succeed(Option.some("no primary")) }],
      draining: Effect.succeed(false),
      startDraining: Effect.void
    })

  it("fails when a required dependency fails, and names it", async () => {
    await using system = await embedded({ override: check(true) })
    const answer = await (await connect(system)).call("GET", "/readyz")
    expectProblem(answer, 503, "unavailable")
    assert.deepStrictEqual(answer.json.dependencies, {
      mongo: { ready: false, required: true, problem: "no primary" }
    })
  })

  it("is degraded when an optional dependency fails", async () => {
    await using system = await embedded({ override: check(false) })
    const { status, json } = await (await connect(system)).call("GET", "/readyz")
    assert.deepStrictEqual([status, json.status], [200, "degraded"])
  })

  it("ends when shutdown begins", async () => {
    await using system = await embedded()
    await system.run(Readiness.use(({ startDraining }) => startDraining))
    const { call } = await connect(system)
    const answer = await call("GET", "/readyz")
    expectProblem(answer, 503, "unavailable")
    assert.isTrue(answer.json.draining)
    assert.strictEqual((await call("GET", "/healthz")).status, 200)
  })
})

describe("the host", () => {
  it("is asked to keep a request alive for its background work", async () => {
    const asked: Array<Promise<unknown>> = []
    const override = Layer.succeed(Background, {
      run: () =>
        Effect.map(
          RequestLifetime,
          Option.match({
            onNone: () => undefined,
            onSome: (waitUntil) => waitUntil(Promise.resolve("background"))
          })
        )
    })
    const waitUntil: WaitUntil = (c) => (work) => c.executionCtx.waitUntil(work)
    await using system = await embedded({ override, app: { waitUntil } })
    const context = {
      waitUntil: (work: Promise<unknown>) => void asked.push(work),
      passThroughOnException: () => undefined,
      props: {}
    }
    await system.app.request(
      "/api/auth/register",
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: "a@example.com", password: "correct horse battery" })
      },
      {},
      context
    )
    // The code, and the audit event.
    assert.deepStrictEqual(await Promise.all(asked), ["background", "background"])
  })

  it("finds each request in its trace", async () => {
    const spans: Array<Tracer.Span> = []
    const override = Layer.succeed(
      Tracer.Tracer,
      Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
    )
    await using system = await embedded({ override })
    const traceId = "0af7651916cd43dd8448eb211c80319c"
    await system.fetch(
      new Request(`${system.origin}/api/products`, {
        headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
      })
    )
    const names = spans.filter((span) => span.traceId === traceId).map(({ name }) => name)
    assert.deepStrictEqual(names.slice(0, 1), ["GET /api/products"])
    assert.include(names, "listProducts")
  })
})

describe("/metrics", () => {
  const ask = async (app: EmbeddedOptions["app"], token?: string) => {
    await using system = await embedded(app === undefined ? {} : { app })
    const { call } = await connect(system)
    return await call("GET", "/metrics", { token })
  }

  it("asks for its token", async () => {
    const app = { metricsToken: "m-token", dev: false }
    for (const token of [undefined, "m-tokem", "m-token2", "M-TOKEN"]) {
      const answer = await ask(app, token)
      expectProblem(answer, 401, "unauthorized")
      assert.isTrue(answer.headers.has("www-authenticate"))
    }
    assert.strictEqual((await ask(app, "m-token")).status, 200)
  })

  it("does not grow with the methods and paths that clients make up", async () => {
    await using system = await embedded()
    const { call } = await connect(system)
    await system.app.request("/made/up/path", { method: "MADEUP" })
    const { text } = await call("GET", "/metrics")
    assert.notInclude(text, "made/up")
    assert.notInclude(text, "MADEUP")
  })

  it("is closed when no token is configured, except in development", async () => {
    const app = { metricsToken: undefined, dev: false }
    expectProblem(await ask(app), 401, "unauthorized")
    expectProblem(await ask(app, "undefined"), 401, "unauthorized")
    assert.strictEqual((await ask({ ...app, dev: true })).status, 200)
  })
})

describe("the mailbox", () => {
  it("has no routes when it is not embedded", async () => {
    await using system = await embedded({ app: { mailbox: undefined } })
    const { call, endpoints } = await connect(system)
    for (const path of ["/dev/mailbox", "/dev/mailbox.json", "/dev/mailbox.js", "/dev/mailbox/1"])
      expectProblem(await call("GET", path), 404, "not_found")
    assert.isFalse(endpoints.some(({ template }) => template.startsWith("/dev")))
  })
})

describe("CORS", () => {
  const origin = "https://shop.example"
  const ask = async (from: string, preflight: boolean) => {
    await using system = await embedded({ app: { corsOrigins: [origin] } })
    return await system.app.request("/api/orders", {
      method: preflight ? "OPTIONS" : "GET",
      headers: {
        origin: from,
        ...(preflight ? { "access-control-request-method": "POST" } : {})
      }
    })
  }

  it("lets the pages of an allowed origin call and read", async () => {
    const { status, headers } = await ask(origin, true)
    assert.deepStrictEqual([status, headers.get("access-control-allow-origin")], [204, origin])
    assert.include(headers.get("access-control-allow-headers"), "Idempotency-Key")
    const answer = await ask(origin, false)
    assert.strictEqual(answer.headers.get("access-control-allow-origin"), origin)
    assert.include(answer.headers.get("access-control-expose-headers"), "Retry-After")
    assert.include(answer.headers.get("vary"), "Origin")
  })

  it("allows no other origin", async () => {
    for (const from of ["https://evil.example", "http://shop.example", `${origin}.evil`, "null"])
      for (const preflight of [true, false])
        assert.isNull((await ask(from, preflight)).headers.get("access-control-allow-origin"), from)
  })

  it("lets these pages read a refusal for overload, and passes their preflights", async () => {
    await using system = await embedded({ app: { corsOrigins: [origin], maxInFlight: 0 } })
    const request = (method: string, from: string) =>
      system.app.request("/api/products", {
        method,
        headers: { origin: from, "access-control-request-method": "GET" }
      })
    const refused = await request("GET", origin)
    assert.strictEqual(refused.status, 503)
    assert.strictEqual(refused.headers.get("access-control-allow-origin"), origin)
    const preflight = await request("OPTIONS", origin)
    assert.strictEqual(preflight.status, 204)
    assert.strictEqual(preflight.headers.get("access-control-allow-origin"), origin)
    assert.isFalse(preflight.headers.has("retry-after"))
    assert.isTrue(preflight.headers.has("x-request-id"))
    assert.strictEqual((await request("OPTIONS", "https://evil.example")).status, 503)
  })

  it("never allows requests with credentials", async () => {
    for (const preflight of [true, false])
      assert.isNull((await ask(origin, preflight)).headers.get("access-control-allow-credentials"))
  })
})
