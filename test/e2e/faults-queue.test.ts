// Orders that are placed while SQS is down: the API never sends a message for them.
import { mongo } from "mongoose"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createQueues } from "../../tools/harness/queues.ts"
import { type SqsService, startSqs } from "../../tools/harness/sqs.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"
import { order, type Shop, startShop } from "./shop.ts"

const count = 5
const givenUp = "orders not sent to the queue: left to the watchdog"

describeWith(["ses"], "orders placed while SQS is down", ({ ses }) => {
  let sqs: SqsService
  let shop: Shop
  beforeAll(async () => {
    sqs = await startSqs()
    shop = await startShop({ sqs: sqs.address, ses }, { settings: { WORKER_CONCURRENCY: "1" } })
    await shop.system.startWorker()
  })
  afterAll(async () => {
    await shop?.stop()
    await sqs?.stop()
  })

  /** The watchdog leaves a minute to a message of its own, which these orders do not have. */
  const skipFirstMinute = async (): Promise<void> => {
    const client = new mongo.MongoClient(shop.system.env["MONGO_URI"] ?? "")
    try {
      const { modifiedCount } = await client
        .db()
        .collection("orders")
        .updateMany({ status: "pending" }, { $set: { "work.dueAt": new Date() } })
      expect(modifiedCount).toBe(count)
    } finally {
      await client.close()
    }
  }

  it("are confirmed and mailed once it is back, although all its messages are lost", async () => {
    const { client, email } = shop.buyer
    await sqs.node.crash()
    const answers = await Promise.all(
      Array.from({ length: count }, () => client.post(order.path, order.body))
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(201))
    await until(
      "the API has given up on sending",
      async () =>
        shop.program
          .output()
          .split("\n")
          .filter((line) => line.includes(givenUp)),
      (lines) => answers.every(({ body }) => lines.some((line) => line.includes(body.id)))
    )
    await skipFirstMinute()

    await sqs.node.restart()
    await createQueues(sqs.address.endpoint, {
      name: new URL(shop.system.env["AWS_SQS_QUEUE_URL"] ?? "").pathname.split("/").at(-1) ?? ""
    })
    for (const { body } of answers)
      await until(
        `${body.id} is mailed`,
        () => client.get(`${order.path}/${body.id}`),
        (answer) => answer.body.status === "confirmed" && answer.body.confirmation.state === "sent",
        // The watchdog comes every 15 s; it and the poller wait a minute where they find no queue.
        90_000
      )
    const mails = await shop.system.mails.inbox({ to: email })
    for (const { body } of answers)
      expect(mails.filter(({ subject }) => subject.includes(body.number))).toHaveLength(1)
  }, 120_000)
})
