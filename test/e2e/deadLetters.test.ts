// What an operator does about messages that could not be processed, from the command line.
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient
} from "@aws-sdk/client-sqs"
import { afterAll, beforeAll, expect, it } from "vitest"
import { testSqsClient } from "../../tools/harness/queues.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

describeWith(["mongo", "sqs", "ses"], "dead letters", (services) => {
  let system: System
  let sqs: SQSClient
  let queueUrl: string
  let dlqUrl: string
  beforeAll(async () => {
    system = await startSystem(services)
    sqs = testSqsClient(services.sqs.endpoint)
    queueUrl = system.env["AWS_SQS_QUEUE_URL"] ?? ""
    dlqUrl = system.env["AWS_SQS_DLQ_URL"] ?? ""
  })
  afterAll(async () => {
    sqs?.destroy()
    await system?.stop()
  })

  const list = () => system.cli("dead-letters", "list", "--no-json")

  it("of an order are listed with it, and redriven until it is confirmed and mailed", async () => {
    const { url } = await system.startApi()
    const admin = await system.signUp(url, "admin", "admin")
    await stockUp(admin.client, { dead: 1 })
    const buyer = await system.signUp(url, "buyer")
    const items = [{ sku: "dead", quantity: 1 }]
    const { id } = (await buyer.client.post("/api/orders", { items })).body
    // As the queue's own redrive policy does, which takes as many deliveries as it allows.
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 20 })
    )
    expect(message?.Body).toContain(id)
    await sqs.send(new SendMessageCommand({ QueueUrl: dlqUrl, MessageBody: message?.Body }))
    await sqs.send(
      new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message?.ReceiptHandle })
    )

    const listed = await list()
    expect(listed).toMatchObject({ code: 0 })
    expect(listed.output).toMatch(
      new RegExp(`^\\d+ s +${id} +pending +[\\w-]+ +delivered too often$`, "m")
    )
    const viaApi = await admin.client.get("/api/admin/dead-letters")
    expect(viaApi.body.items).toMatchObject([{ orderId: id, orderStatus: "pending" }])

    const { program } = await system.startWorker()
    const why = ["--reason", "the worker is back"]
    const redriven = await system.cli("dead-letters", "redrive", "--no-json", ...why)
    expect(redriven).toMatchObject({ code: 0 })
    expect(redriven.output).toContain("1 dead letters sent to the order queue again")
    const settled = await until(
      "confirmed and mailed",
      () => buyer.client.get(`/api/orders/${id}`),
      ({ body }) => body.confirmation.state === "sent"
    )
    expect(settled.body.status).toBe("confirmed")
    expect((await list()).output).toContain("0 dead letters")
    expect((await list()).output).toContain("look again where the metrics count some")
    const events = (await admin.client.get("/api/admin/events")).body.items
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: "dead_letters_redriven",
        actor: { type: "cli" },
        details: { matched: 1, notFound: 0, reason: "the worker is back" }
      })
    )
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "role_granted", actor: { type: "cli" } })
    )
    program.signal("SIGTERM")
    expect(await program.ended).toBe(0)
  }, 120_000)

  it("that can't be decoded are listed with the reason, and dropped by id", async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "not an order" }))
    await system.startWorker()
    const { output } = await until(
      "dead",
      list,
      (answer) => answer.output.includes("1 dead letters"),
      60_000
    )
    const row = /^\d+ s +- +- +(?<id>[\w-]+) +(?<reason>\S.*)$/m.exec(output)
    expect(row?.groups?.["reason"]).toMatch(/JSON/u)
    const id = row?.groups?.["id"] ?? ""

    const refused = await system.cli("dead-letters", "drop")
    expect(refused.code).toBe(2)
    expect(refused.output).toContain("--all")
    const drop = (...args: ReadonlyArray<string>) =>
      system.cli("dead-letters", "drop", ...args, "--yes", "--no-json")
    const unasked = await system.cli("dead-letters", "drop", id)
    expect(unasked.code).toBe(2)
    expect(unasked.output).toContain("say --yes")
    const unknown = await drop("nowhere")
    expect(unknown.code).toBe(1)
    expect(unknown.output).toContain("Not found: nowhere")
    expect((await list()).output).toContain("1 dead letters")
    const json = await system.cli("dead-letters", "list")
    expect(JSON.parse(json.stdout)).toMatchObject([
      { messageId: id, orderId: null, orderStatus: null, body: "not an order" }
    ])

    const dropped = await drop(id, "nowhere")
    expect(dropped.code).toBe(1)
    expect(dropped.output).toContain("1 dead letters dropped")
    expect((await list()).output).toContain("0 dead letters")
    const all = await drop("--all")
    expect(all).toMatchObject({ code: 0 })
    expect(all.output).toContain("0 dead letters dropped")
  }, 120_000)

  it("are left alone by a malformed command", async () => {
    const { code, output } = await system.cli("dead-letters", "shift")
    expect(code).toBe(2)
    expect(output).toContain("dead-letters redrive [ID…]")
  })
})
