import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, Option } from "effect"
import { listen } from "../../src/http/NodeServer.ts"
import { layer } from "../../src/layers/runtime/TimedReadiness.ts"
import { messagesReceived } from "../../src/services/metrics.ts"
import { type DependencyCheck, Readiness } from "../../src/services/runtime/Readiness.ts"
import { type HealthOptions, health } from "../../src/worker/health.ts"

const check = (
  name: DependencyCheck["name"],
  required: boolean,
  problem?: string
): DependencyCheck => ({
  name,
  required,
  problem: Effect.succeed(Option.fromUndefinedOr(problem))
})

const get = (
  path: string,
  { options, ...init }: RequestInit & { readonly options?: Partial<HealthOptions> } = {}
) => health({ metricsToken: undefined, ...options })(new Request(`http://worker${path}`, init))

const withToken = {
  options: { metricsToken: "s3cret" },
  headers: { Authorization: "Bearer s3cret" }
}

const body = (response: Response) => Effect.promise(() => response.json())

const ready = layer(Effect.succeed([check("mongo", true), check("redis", false)]))

describe("the worker's health endpoints", () => {
  it.effect("/healthz says that the process lives", () =>
    Effect.gen(function* () {
      const response = yield* get("/healthz")
      assert.strictEqual(response.status, 200)
      assert.deepStrictEqual(yield* body(response), { status: "ok" })
    }).pipe(Effect.provide(ready))
  )

  it.live("are answered by HTTP/1.0 without Host, as load balancers ask", () =>
    Effect.gen(function* () {
      const run = Effect.runPromiseWith(yield* Effect.context<Readiness>())
      const answer = health({ metricsToken: undefined })
      const { port } = yield* listen({
        fetch: (request) => run(answer(request)),
        host: "127.0.0.1",
        port: 0,
        waitForClients: false
      })
      for (const path of ["/healthz", "/readyz"]) {
        const socket = connect(port, "127.0.0.1")
        socket.write(`GET ${path} HTTP/1.0\r\n\r\n`)
        assert.match(yield* Effect.promise(() => text(socket)), /^HTTP\/1\.1 200 /u, path)
      }
    }).pipe(Effect.scoped, Effect.provide(ready))
  )

  it.effect("/readyz names each dependency", () =>
    Effect.gen(function* () {
      const response = yield* get("/readyz")
      assert.strictEqual(response.status, 200)
      assert.deepStrictEqual(yield* body(response), {
        status: "ready",
        draining: false,
        dependencies: {
          mongo: { ready: true, required: true },
          redis: { ready: true, required: false }
        }
      })
    }).pipe(Effect.provide(ready))
  )

  it.effect("/readyz is degraded without an optional dependency", () =>
    Effect.gen(function* () {
      const response = yield* get("/readyz")
      assert.strictEqual(response.status, 200)
      const report = yield* body(response)
      assert.strictEqual(report.status, "degraded")
      assert.deepStrictEqual(report.dependencies.redis, {
        ready: false,
        required: false,
        problem: "refused"
      })
    }).pipe(
      Effect.provide(
        layer(Effect.succeed([check("mongo", true), check("redis", false, "refused")]))
      )
    )
  )

  it.effect("/readyz is 503 without a required dependency", () =>
    Effect.gen(function* () {
      const response = yield* get("/readyz")
      assert.strictEqual(response.status, 503)
      assert.strictEqual(response.headers.get("Content-Type"), "application/problem+json")
      assert.strictEqual(response.headers.get("Retry-After"), "2")
      const report = yield* body(response)
      assert.strictEqual(report.code, "unavailable")
      assert.strictEqual(report.detail, "A dependency that is needed is not ready.")
      assert.strictEqual(report.instance, response.headers.get("X-Request-Id"))
      assert.strictEqual(report.dependencies.mongo.problem, "no primary")
    }).pipe(Effect.provide(layer(Effect.succeed([check("mongo", true, "no primary")]))))
  )

  it.effect("/readyz is 503 while the process drains", () =>
    Effect.gen(function* () {
      yield* (yield* Readiness).startDraining
      const response = yield* get("/readyz")
      assert.strictEqual(response.status, 503)
      assert.isTrue((yield* body(response)).draining)
    }).pipe(Effect.provide(ready))
  )

  it.effect("/metrics needs its token, and is closed when none is configured", () =>
    Effect.gen(function* () {
      const options = { metricsToken: "s3cret" }
      const statuses = yield* Effect.forEach(
        ["Bearer s3cret", "Bearer s3cre", "Bearer s3cret1", "Bearer s3creT", "s3cret"],
        (Authorization) => get("/metrics", { options, headers: { Authorization } })
      )
      assert.deepStrictEqual(
        statuses.map(({ status }) => status),
        [200, 401, 401, 401, 401]
      )
      assert.strictEqual((yield* get("/metrics", { options })).status, 401)
      assert.strictEqual((yield* get("/metrics")).status, 401)
      const authorized = { headers: { Authorization: "Bearer undefined" } }
      assert.strictEqual((yield* get("/metrics", authorized)).status, 401)
    }).pipe(Effect.provide(ready))
  )

  it.effect("/metrics is in Prometheus's text format", () =>
    Effect.gen(function* () {
      yield* Metric.update(messagesReceived, 3)
      const response = yield* get("/metrics", withToken)
      assert.match(response.headers.get("Content-Type") ?? "", /^text\/plain; version=0\.0\.4/u)
      const text = yield* Effect.promise(() => response.text())
      assert.match(text, /^# TYPE messages_received_total counter$/mu)
      assert.match(text, /^messages_received_total \d+$/mu)
    }).pipe(Effect.provide(ready))
  )

  it.effect("responses forbid caching and content sniffing", () =>
    Effect.gen(function* () {
      for (const path of ["/healthz", "/readyz", "/metrics", "/nothing"]) {
        const { headers } = yield* get(path, withToken)
        assert.strictEqual(headers.get("Cache-Control"), "no-store", path)
        assert.strictEqual(headers.get("X-Content-Type-Options"), "nosniff", path)
      }
    }).pipe(Effect.provide(ready))
  )

  it.effect("other paths are 404, and other methods 405", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* get("/")).status, 404)
      const posted = yield* get("/healthz", { method: "POST" })
      assert.strictEqual(posted.status, 405)
      assert.strictEqual(posted.headers.get("Allow"), "GET, HEAD")
    }).pipe(Effect.provide(ready))
  )
})
