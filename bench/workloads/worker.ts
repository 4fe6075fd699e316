// Draining the queue: so many pending orders, each with its message, until the queue is empty and all mails
// are out.
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient
} from "@aws-sdk/client-sqs"
import { testSqsClient } from "../../test/services/queues.ts"
import { chunks } from "../chunks.ts"
import { type Contestant, orderMessage } from "../contestant.ts"
import { dataSet, noOrders, orderIdOf } from "../data.ts"
import { monotonicMs } from "../ses/protocol.ts"
import { inFreshHouse, type Stage } from "../stage.ts"
import { usage } from "../usage.ts"
import type { Pace, Sample, Workload } from "../workload.ts"

/** A worker's code is compiled over these, before the clock runs. */
const warmUpMessages = 500
const sendsAtOnce = 8
const drainWithinSeconds = 240
const lookEveryMs = 20

async function fill(sqs: SQSClient, queueUrl: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, i) => orderIdOf(i))
  const batches = chunks(ids, 10)
  const send = async (): Promise<void> => {
    for (const batch of batches) {
      const { Failed = [] } = await sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: batch.map((id) => ({ Id: id, MessageBody: orderMessage(id) }))
        })
      )
      if (Failed.length > 0) throw new Error(`SQS refused ${Failed.length} messages`)
    }
  }
  await Promise.all(Array.from({ length: sendsAtOnce }, send))
}

/** Waits until no message is left, waiting or in work; answers when. */
async function untilEmpty(sqs: SQSClient, queueUrl: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
      { abortSignal: signal }
    )
    const left =
      Number(Attributes["ApproximateNumberOfMessages"]) +
      Number(Attributes["ApproximateNumberOfMessagesNotVisible"])
    if (left === 0) return monotonicMs()
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

async function drain(stage: Stage, { messages }: Pace): Promise<Sample> {
  const { services, queueUrl, db, contestant } = stage
  const total = warmUpMessages + messages
  const sqs = testSqsClient(services.sqs.endpoint)
  try {
    await stage.within("filling the queue", 60, () => fill(sqs, queueUrl, total))
    const worker = stage.startWorker()
    return await stage.within("draining the queue", drainWithinSeconds, async (signal) => {
      const began = await services.ses.count(warmUpMessages, signal)
      const before = usage([worker.pid])
      await services.ses.count(total, signal)
      const ended = await untilEmpty(sqs, queueUrl, signal)
      const after = usage([worker.pid])
      const mails = await services.ses.mails()
      const left = await db.collection("orders").countDocuments({ status: "pending" })
      if (left > 0) throw new Error(`${contestant.name} left ${left} orders pending`)
      return {
        value: messages / ((ended - began.at) / 1000),
        ...(mails.length > total && { failed: { "mails too many": mails.length - total } }),
        ...(before &&
          after && { cpuMs: (after.cpuMs - before.cpuMs) / messages, rssMb: after.rssMb })
      }
    })
  } finally {
    sqs.destroy()
  }
}

export const workerDrain = (contestants: ReadonlyArray<Contestant>): Workload => ({
  ...{ name: "worker", title: "Worker drain", unit: "messages/s", better: "higher" },
  contestants,
  open: (services, contestant, { messages }) => ({
    // Orders are confirmed once: each round needs others.
    play: (act) =>
      inFreshHouse(
        services,
        contestant,
        dataSet({ ...noOrders, count: warmUpMessages + messages, status: "pending" }),
        act
      ),
    close: () => Promise.resolve()
  }),
  measure: drain
})
