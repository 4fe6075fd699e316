// What all workloads of workers have in common: a queue with a message for each order, and processes that drain it.
import type { SQSClient } from "@aws-sdk/client-sqs"
import * as z from "zod"
import { chunks } from "../../harness/chunks.ts"
import { messagesPerCall, sendBatch, testSqsClient } from "../../harness/queues.ts"
import { type Contestant, orderMessage } from "../contestant.ts"
import { dataSet, noOrders, orderIdOf } from "../data.ts"
import type { Usage } from "../resourceUsage.ts"
import type { Services } from "../services.ts"
import { type House, inFreshHouse, type Stage } from "../stage.ts"
import type { Sample } from "../workload.ts"

/** A worker's code is compiled over these, before the clock runs. */
export const warmUpMessages = 500
const sendsAtOnce = 8
const fillWithinSeconds = 60

async function send(sqs: SQSClient, queueUrl: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, i) => orderIdOf(i))
  const batches = chunks(ids, messagesPerCall)
  const sendSome = async (): Promise<void> => {
    for (const batch of batches) await sendBatch(sqs, queueUrl, batch.map(orderMessage))
  }
  await Promise.all(Array.from({ length: sendsAtOnce }, sendSome))
}

/** Fills the queue with so many messages, and gives `use` a client for it. */
export async function withFullQueue<A>(
  { services, queueUrl, within }: Stage,
  count: number,
  use: (sqs: SQSClient) => Promise<A>
): Promise<A> {
  const sqs = testSqsClient(services.sqs.endpoint)
  try {
    await within("filling the queue", fillWithinSeconds, () => send(sqs, queueUrl, count))
    return await use(sqs)
  } finally {
    sqs.destroy()
  }
}

/** Orders are confirmed once: each round needs others. */
export const pendingOrders = (
  services: Services,
  contestant: Contestant,
  count: number
): House => ({
  play: (act) =>
    inFreshHouse(services, contestant, dataSet({ ...noOrders, count, status: "pending" }), act),
  close: () => Promise.resolve()
})

/** Throws where orders were left pending. */
export async function assertConfirmed({ db, contestant }: Stage): Promise<void> {
  const left = await db.collection("orders").countDocuments({ status: "pending" })
  if (left > 0) throw new Error(`${contestant.name} left ${left} orders pending`)
}

export const costOf = (
  before: Usage | undefined,
  after: Usage | undefined,
  messages: number
): Pick<Sample, "cpuMs" | "rssMb"> =>
  before && after ? { cpuMs: (after.cpuMs - before.cpuMs) / messages, rssMb: after.rssMb } : {}

const Taken = z.object({ seconds: z.number(), cpuMs: z.number() })

/** A limit that ends by itself: what it took after its warm-up, with the CPU time of each message. */
export async function runLimit(stage: Stage, program: string, messages: number) {
  const options = { messages, warmup: warmUpMessages }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const { seconds, cpuMs } = Taken.parse(await stage.runTool([program, ...args]))
  return { seconds, cpuMs: cpuMs / messages }
}

/** Mails beyond one for each order. */
export async function secondMails({ services }: Stage, orders: number): Promise<number> {
  return (await services.ses.mails()).length - orders
}

export const mailedTwice = (mails: number): Pick<Sample, "failed"> =>
  mails > 0 ? { failed: { "mailed twice": mails } } : {}
