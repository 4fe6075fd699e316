// Draining the queue: so many pending orders, each with its message, until the queue is empty and all mails
// are out.
import type { SQSClient } from "@aws-sdk/client-sqs"
import { chunks } from "../../harness/chunks.ts"
import { messagesPerCall, sendBatch, testSqsClient } from "../../harness/queues.ts"
import { type Contestant, orderMessage } from "../contestant.ts"
import { dataSet, noOrders, orderIdOf } from "../data.ts"
import { untilDepth } from "../queueDepth.ts"
import { resourceUsage } from "../resourceUsage.ts"
import { monotonicMs } from "../ses/protocol.ts"
import { inFreshHouse, type Stage } from "../stage.ts"
import type { Pace, Sample, Workload } from "../workload.ts"

/** A worker's code is compiled over these, before the clock runs. */
const warmUpMessages = 500
const sendsAtOnce = 8
const drainWithinSeconds = 240

async function fill(sqs: SQSClient, queueUrl: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, i) => orderIdOf(i))
  const batches = chunks(ids, messagesPerCall)
  const send = async (): Promise<void> => {
    for (const batch of batches) await sendBatch(sqs, queueUrl, batch.map(orderMessage))
  }
  await Promise.all(Array.from({ length: sendsAtOnce }, send))
}

interface Drained {
  readonly seconds: number
  readonly cpuMs?: number
  readonly rssMb?: number
}

/** From the end of the warm-up until all mails are out and the queue is empty. */
async function untilDrained(
  { services, queueUrl }: Stage,
  sqs: SQSClient,
  messages: number,
  pids: ReadonlyArray<number>,
  signal: AbortSignal
): Promise<Drained> {
  const { ses } = services
  const began = await ses.count(warmUpMessages, signal)
  const before = resourceUsage(pids)
  await ses.count(warmUpMessages + messages, signal)
  await untilDepth(sqs, queueUrl, (depth) => depth === 0, signal)
  const ended = monotonicMs()
  const after = resourceUsage(pids)
  return {
    seconds: (ended - began.at) / 1000,
    ...(before && after && { cpuMs: (after.cpuMs - before.cpuMs) / messages, rssMb: after.rssMb })
  }
}

/** The limit ends by itself, and knows no orders. */
async function drainBarely(stage: Stage, sqs: SQSClient, messages: number): Promise<Drained> {
  const args = ["tools/bench/limits/drain.ts", "--messages", String(warmUpMessages + messages)]
  return stage.within("draining the queue", drainWithinSeconds, async (signal) => {
    const drained = untilDrained(stage, sqs, messages, [], signal)
    // Awaited together: should the tool fail, its words are what is told.
    const [result] = await Promise.all([drained, stage.runTool(args)])
    return result
  })
}

async function drainByWorker(stage: Stage, sqs: SQSClient, messages: number): Promise<Drained> {
  const worker = stage.startWorker()
  const drained = await stage.within("draining the queue", drainWithinSeconds, (signal) =>
    untilDrained(stage, sqs, messages, [worker.pid], signal)
  )
  const left = await stage.db.collection("orders").countDocuments({ status: "pending" })
  if (left > 0) throw new Error(`${stage.contestant.name} left ${left} orders pending`)
  return drained
}

async function drain(stage: Stage, { messages }: Pace): Promise<Sample> {
  const { services, queueUrl, contestant } = stage
  const total = warmUpMessages + messages
  const sqs = testSqsClient(services.sqs.endpoint)
  try {
    await stage.within("filling the queue", 60, () => fill(sqs, queueUrl, total))
    const drainWith = contestant.worker === undefined ? drainBarely : drainByWorker
    const { seconds, ...cost } = await drainWith(stage, sqs, messages)
    const tooMany = (await services.ses.mails()).length - total
    return {
      value: messages / seconds,
      ...cost,
      ...(tooMany > 0 && { failed: { "mailed twice": tooMany } })
    }
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
