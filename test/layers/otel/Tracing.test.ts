// Which spans reach a collector, and what happens to the others.
import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Logger, Random, Redacted, Tracer } from "effect"
import { describe } from "vitest"
import { layer } from "../../../src/layers/otel/Tracing.ts"
import { traceparentOf } from "../../../src/services/traceparent.ts"
import { startCollector } from "../../../tools/harness/collector.ts"
import { misbehaving } from "../../misbehaving.ts"

const collector = (status?: number) =>
  Effect.acquireRelease(
    Effect.promise(() => startCollector(status)),
    ({ stop }) => Effect.promise(stop)
  )

/** Falls where it is told to. */
const chance = (value: number) =>
  Layer.succeed(Random.Random, { nextDoubleUnsafe: () => value, nextIntUnsafe: () => 0 })

/** The current span, inside of one more. */
const inner = Effect.withSpan(Effect.currentSpan, "inner")
const request = (parent?: Tracer.AnySpan) =>
  Effect.withSpan(inner, "request", {
    kind: "server",
    ...(parent === undefined ? {} : { parent })
  })
const message = (parent: Tracer.AnySpan) =>
  Effect.withSpan(inner, "message", { kind: "consumer", parent })

const remote = (sampled: boolean): Tracer.AnySpan =>
  Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16), sampled })

describe("Tracing", () => {
  it.live("sends a trace to the collector before the process ends", () =>
    Effect.gen(function* () {
      const { endpoint, spans, paths } = yield* collector()
      yield* Effect.provide(
        request(),
        layer({ service: "order-api", endpoint: `${endpoint}/`, ratio: 1 })
      )
      assert.deepStrictEqual(Array.from(paths), ["POST /v1/traces"])
      assert.deepStrictEqual(
        spans.map(({ service, name }) => [service, name]),
        [
          ["order-api", "inner"],
          ["order-api", "request"]
        ]
      )
      assert.strictEqual(spans[0]?.parentSpanId, spans[1]?.spanId)
      assert.strictEqual(spans[0]?.traceId, spans[1]?.traceId)
    }).pipe(Effect.scoped)
  )

  it.live(
    "decides once whether a trace is sampled, for any request header, and follows the decision of messages",
    () =>
      Effect.gen(function* () {
        const { endpoint, spans } = yield* collector()
        const kept = (value: number, effect: Effect.Effect<Tracer.Span, unknown>) =>
          Effect.gen(function* () {
            const before = spans.length
            const tracing = layer({ service: "order-api", endpoint, ratio: 0.01 })
            const { sampled } = yield* Effect.provide(
              effect,
              tracing.pipe(Layer.provide(chance(value)))
            )
            assert.strictEqual(spans.length - before, sampled ? 2 : 0)
            return sampled
          })
        assert.isTrue(yield* kept(0.009, request()))
        assert.isFalse(yield* kept(0.01, request()))
        assert.isTrue(yield* kept(0.009, request(remote(false))))
        assert.isFalse(yield* kept(0.01, request(remote(true))))
        assert.isTrue(yield* kept(0.01, message(remote(true))))
        assert.isFalse(yield* kept(0.009, message(remote(false))))
      }).pipe(Effect.scoped)
  )

  it.live("without a collector gives spans their ids, and marks messages as not sampled", () =>
    Effect.gen(function* () {
      const span = yield* request(remote(true))
      assert.strictEqual(span.traceId, "a".repeat(32))
      assert.match(traceparentOf(span), /^00-a{32}-[0-9a-f]{16}-00$/)
    }).pipe(Effect.provide(layer({ service: "order-api", endpoint: undefined, ratio: 1 })))
  )

  it.live("uses its own configuration for resource and collector, in any environment", () =>
    Effect.gen(function* () {
      const { endpoint, spans, headers } = yield* collector()
      const variables = {
        OTEL_SERVICE_NAME: "another",
        OTEL_RESOURCE_ATTRIBUTES: "malformed=%, other=1"
      }
      const tracing = layer({
        service: "shop-api",
        attributes: { "service.version": "1.2.3", team: "orders, mails" },
        endpoint,
        headers: Redacted.make({ "api-key": "top secret" }),
        ratio: 1
      }).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables))))
      yield* Effect.provide(request(), tracing)
      assert.deepInclude(spans[0]?.resource, {
        "service.name": "shop-api",
        "service.version": "1.2.3",
        team: "orders, mails"
      })
      assert.notProperty(spans[0]?.resource, "other")
      assert.strictEqual(headers()["api-key"], "top secret")
    }).pipe(Effect.scoped)
  )

  it.live("sets a span's status only for an error, with masked texts", () =>
    Effect.gen(function* () {
      const { endpoint, spans } = yield* collector()
      const failing = Effect.withSpan(
        Effect.fail(new Error("no mail for ada@example.com")),
        "failing"
      )
      yield* Effect.provide(
        Effect.andThen(request(), Effect.exit(failing)),
        layer({ service: "order-api", endpoint, ratio: 1 })
      )
      assert.deepStrictEqual(
        spans.map(({ name, status }) => [name, status]),
        [
          ["inner", { code: 0 }],
          ["request", { code: 0 }],
          ["failing", { code: 2, message: "no mail for a***@example.com" }]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.live("follows no redirect", () =>
    Effect.gen(function* () {
      const { endpoint, paths } = yield* collector()
      const elsewhere = yield* misbehaving((_request, response) =>
        response.writeHead(307, { location: `${endpoint}/v1/traces` }).end()
      )
      const tracing = layer({ service: "order-api", endpoint: elsewhere, ratio: 1 })
      yield* Effect.provide(request(), tracing.pipe(Layer.provide(Logger.layer([]))))
      assert.deepStrictEqual(Array.from(paths), [])
    }).pipe(Effect.scoped)
  )

  it.live("logs when the collector refuses spans, and causes no failure", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* collector(400)
      const lines: Array<string> = []
      const logger = Logger.make(({ message, logLevel }) => {
        lines.push(`${logLevel} ${JSON.stringify(message)}`)
      })
      yield* Effect.provide(
        request(),
        layer({ service: "order-api", endpoint, ratio: 1 }).pipe(
          Layer.provide(Logger.layer([logger]))
        )
      )
      assert.lengthOf(lines, 1)
      assert.match(lines[0] ?? "", /^Warn \["traces not exported",.*400/)
    }).pipe(Effect.scoped)
  )
})
