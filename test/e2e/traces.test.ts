// One trace from the request over the stored order to the mail, through both processes and on to a collector.
import { afterAll, beforeAll, expect, it } from "vitest"
import { startCollector } from "../../tools/harness/collector.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

describeWith(["mongo", "sqs", "ses"], "traces", (services) => {
  let collector: Awaited<ReturnType<typeof startCollector>>
  let system: System
  let url: string

  beforeAll(async () => {
    collector = await startCollector()
    system = await startSystem(services, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint })
    ;({ url } = await system.startApi())
    await system.startWorker()
  })
  afterAll(async () => {
    await system?.stop()
    await collector?.stop()
  })

  it("follow an order from its request to its mail", async () => {
    const admin = await system.signUp(url, "admin", "admin")
    await stockUp(admin.client, { kettle: 1 })
    const { status } = await admin.client.post("/api/orders", {
      items: [{ sku: "kettle", quantity: 1 }]
    })
    expect(status).toBe(201)

    const named = (name: string) => collector.spans.find((span) => span.name === name)
    const mail = await until(
      "the mail's span",
      async () => named("order mail"),
      (span) => span !== undefined
    )
    const request = await until(
      "the request's span",
      async () => named("POST /api/orders"),
      (span) => span !== undefined
    )
    expect(mail).toMatchObject({ service: "order-worker", traceId: request?.traceId })
    expect(request).toMatchObject({ service: "order-api" })
  })
})
