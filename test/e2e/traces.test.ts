// One trace from the request to the mail, through the programs as they run and on to a collector, read as it gets it.
import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeClient, type TestClient } from "../../tools/harness/client.ts"
import { type CollectedSpan, startCollector } from "../../tools/harness/collector.ts"
import { programs, urlOf } from "../../tools/harness/deployment.ts"
import { run } from "../../tools/harness/program.ts"
import { logIn, stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

type Collector = Awaited<ReturnType<typeof startCollector>>

/** As OTLP numbers them. */
const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"]

const freshTrace = () => {
  const traceId = randomBytes(16).toString("hex")
  return { traceId, headers: { traceparent: `00-${traceId}-${"b".repeat(16)}-01` } }
}

const placeOrder = async ({ post }: TestClient, sku: string) => {
  const { traceId, headers } = freshTrace()
  const { status } = await post("/api/orders", { items: [{ sku, quantity: 1 }] }, headers)
  expect(status).toBe(201)
  return traceId
}

/** The spans of a trace, once those with these names are there. */
const traceWith = (
  { spans }: Collector,
  traceId: string,
  names: ReadonlyArray<string>
): Promise<ReadonlyArray<CollectedSpan>> =>
  until(
    `a trace with ${names.join(", ")}`,
    async () => spans.filter((span) => span.traceId === traceId),
    (trace) => names.every((name) => trace.some((span) => span.name === name))
  )

/** Each span with its kind, its process, and the span above it. */
const treeOf = (trace: ReadonlyArray<CollectedSpan>) =>
  trace
    .map(({ name, kind, service, parentSpanId }) => {
      const parent = trace.find(({ spanId }) => spanId === parentSpanId)
      return `${parent?.name ?? "(caller)"} > ${name} (${kinds[kind]}, ${service})`
    })
    .toSorted()

const find = (trace: ReadonlyArray<CollectedSpan>, name: string): CollectedSpan => {
  const span = trace.find((one) => one.name === name)
  if (span === undefined) throw new Error(`no span ${name}`)
  return span
}

describe("`npm run dev`", () => {
  it("has one trace from the request to the mail", async () => {
    const collector = await startCollector()
    const password = "the password of the seeded admin"
    const program = run(programs.dev, {
      PORT: "0",
      LOG_FORMAT: "json",
      DEV_ADMIN_PASSWORD: password,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_SERVICE_NAME: "shop"
    })
    try {
      const url = await urlOf(program, 60_000)
      const email = "admin@example.com"
      const { accessToken } = await logIn(makeClient(url), { email, password })
      const traceId = await placeOrder(makeClient(url, accessToken), "kettle")
      const trace = await traceWith(collector, traceId, ["confirm orders", "send mail"])
      expect(treeOf(trace)).toEqual([
        "(caller) > POST /api/orders (server, shop)",
        "POST /api/orders > place orders (internal, shop)",
        "POST /api/orders > send mail (internal, shop)",
        "POST /api/orders > send orders (producer, shop)",
        "process orders > confirm orders (internal, shop)",
        "send orders > process orders (consumer, shop)"
      ])
      const request = find(trace, "POST /api/orders")
      expect(find(trace, "place orders").links).toEqual([request.spanId])
      const missing = freshTrace()
      await makeClient(url).get("/api/products/nowhere", missing.headers)
      const looked = await traceWith(collector, missing.traceId, [
        "GET /api/products/:sku",
        "getProduct"
      ])
      expect(looked.map(({ status }) => status.code)).toEqual([0, 0])
    } finally {
      program.signal("SIGTERM")
      await program.ended
      await collector.stop()
    }
  }, 90_000)
})

describeWith(["mongo", "sqs", "ses"], "the traces of API and worker", (services) => {
  let collector: Collector
  let system: System
  let api: string
  let worker: string
  let client: TestClient
  let queue: string

  beforeAll(async () => {
    collector = await startCollector()
    system = await startSystem(services, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20secret",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test"
    })
    ;[{ url: api }, { url: worker }] = await Promise.all([system.startApi(), system.startWorker()])
    ;({ client } = await system.signUp(api, "admin", "admin"))
    await stockUp(client, { kettle: 50 })
    queue = system.env["AWS_SQS_QUEUE_URL"]?.split("/").at(-1) ?? ""
  })
  afterAll(async () => {
    await system?.stop()
    await collector?.stop()
  })

  it("lead from the request through the commit and the message to the mail", async () => {
    const traceId = await placeOrder(client, "kettle")
    const trace = await traceWith(collector, traceId, [
      "POST /api/orders",
      "confirm orders",
      `delete ${queue}`,
      "send mail"
    ])
    expect(treeOf(trace)).toEqual(
      [
        "(caller) > POST /api/orders (server, order-api)",
        "POST /api/orders > commitTransaction orders (client, order-api)",
        `POST /api/orders > send ${queue} (producer, order-api)`,
        "POST /api/orders > send mail (internal, order-worker)",
        `send ${queue} > process ${queue} (consumer, order-worker)`,
        `process ${queue} > confirm orders (internal, order-worker)`,
        "confirm orders > updateMany orders (client, order-worker)",
        "confirm orders > find orders (client, order-worker)",
        `confirm orders > delete ${queue} (client, order-worker)`,
        "send mail > SES.SendEmail (client, order-worker)"
      ].toSorted()
    )
    expect(trace.filter(({ status }) => status.code !== 0)).toEqual([])
    expect(find(trace, "POST /api/orders").attributes).toMatchObject({
      "http.request.method": "POST",
      "http.route": "/api/orders",
      "http.response.status_code": 201,
      "url.path": "/api/orders",
      "url.scheme": "http",
      "server.address": "127.0.0.1"
    })
    const commit = find(trace, "commitTransaction orders")
    expect(commit.links).toEqual([find(trace, "POST /api/orders").spanId])
    expect(commit.attributes).toEqual({
      "db.system.name": "mongodb",
      "db.namespace": new URL(system.env["MONGO_URI"] ?? "").pathname.slice(1),
      "db.collection.name": "orders",
      "db.operation.name": "commitTransaction"
    })
    const sent = find(trace, `send ${queue}`)
    const messaging = {
      "messaging.system": "aws_sqs",
      "messaging.destination.name": queue,
      "messaging.message.id": sent.attributes["messaging.message.id"]
    }
    expect(messaging["messaging.message.id"]).toMatch(/./u)
    expect(sent.attributes).toEqual({
      ...messaging,
      "messaging.operation.name": "send",
      "messaging.operation.type": "send"
    })
    expect(find(trace, `process ${queue}`).attributes).toEqual({
      ...messaging,
      "messaging.operation.name": "process",
      "messaging.operation.type": "process"
    })
    expect(find(trace, `delete ${queue}`).attributes).toMatchObject({
      "messaging.operation.type": "settle",
      "messaging.batch.message_count": 1
    })
    expect(find(trace, "SES.SendEmail").attributes).toEqual({
      "rpc.system": "aws-api",
      "rpc.service": "SES",
      "rpc.method": "SendEmail"
    })
    expect(find(trace, "send mail").attributes).toMatchObject({ "order.mail.outcome": "Sent" })
  })

  it("link each commit to all of its requests", async () => {
    const traceIds = await Promise.all(
      Array.from({ length: 20 }, () => placeOrder(client, "kettle"))
    )
    const requestIds = await Promise.all(
      traceIds.map(async (traceId) => {
        const trace = await traceWith(collector, traceId, ["POST /api/orders", "send mail"])
        return find(trace, "POST /api/orders").spanId
      })
    )
    const commits = collector.spans.filter(({ name }) => name === "commitTransaction orders")
    const linked = commits.flatMap(({ links }) => links)
    expect(linked).toEqual(expect.arrayContaining(requestIds))
    const batches = commits.filter(({ links }) => links.length > 1)
    expect(batches.length).toBeGreaterThan(0)
    for (const { links, parentSpanId, attributes } of batches) {
      expect(parentSpanId).toBe(links[0])
      expect(attributes["db.operation.batch.size"]).toBe(links.length)
    }
  })

  it("have no probes and scrapes", async () => {
    const { traceId, headers } = freshTrace()
    const authorization = `Bearer ${system.env["METRICS_TOKEN"]}`
    for (const url of [api, worker])
      for (const path of ["/healthz", "/readyz", "/metrics"]) {
        const answer = await fetch(new URL(path, url), { headers: { ...headers, authorization } })
        expect(answer.status).toBe(200)
      }
    // What comes later is there: so would be what came before.
    await traceWith(collector, await placeOrder(client, "kettle"), [
      "POST /api/orders",
      "send mail"
    ])
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([])
  })

  it("name process, version and deployment, and are sent with the collector's key", () => {
    const resourceOf = (name: string) =>
      collector.spans.find(({ service }) => service === name)?.resource
    for (const name of ["order-api", "order-worker"])
      expect(resourceOf(name)).toMatchObject({
        "service.version": expect.stringMatching(/^\d+\.\d+\.\d+/u),
        "deployment.environment.name": "test"
      })
    expect(collector.headers()["api-key"]).toBe("a secret")
  })
})
