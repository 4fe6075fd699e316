// Draining the queue: so many pending orders, each with its message, until the queue is empty and all mails
// are out.
import type { SQSClient } from "@aws-sdk/client-sqs"
import type { Contestant } from "../contestant.ts"
import { untilDepth } from "../queueDepth.ts"
import { resourceUsage } from "../resourceUsage.ts"
import { monotonicMs } from "../ses/protocol.ts"
import type { Stage } from "../stage.ts"
import type { Pace, Sample, Workload } from "../workload.ts"
import {
  assertConfirmed,
  costOf,
  mailedTwice,
  pendingOrders,
  runLimit,
  secondMails,
  warmUpMessages,
  withFullQueue
} from "./queue.ts"

const drainWithinSeconds = 240

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
  return {
    seconds: (ended - began.at) / 1000,
    ...costOf(before, resourceUsage(pids), messages)
  }
}

/** The limit ends by itself, and knows no orders. */
async function drainBarely(stage: Stage, sqs: SQSClient, messages: number): Promise<Drained> {
  return stage.within("draining the queue", drainWithinSeconds, async (signal) => {
    const drained = untilDrained(stage, sqs, messages, [], signal)
    // Awaited together: should the tool fail, its words are what is told.
    const [result, { cpuMs }] = await Promise.all([
      drained,
      runLimit(stage, "tools/bench/limits/drain.ts", messages)
    ])
    return { ...result, cpuMs }
  })
}

async function drainByWorkers(
  stage: Stage,
  sqs: SQSClient,
  messages: number,
  processes: number
): Promise<Drained> {
  const workers = Array.from({ length: processes }, stage.startWorker)
  const drained = await stage.within("draining the queue", drainWithinSeconds, (signal) =>
    untilDrained(
      stage,
      sqs,
      messages,
      workers.map(({ pid }) => pid),
      signal
    )
  )
  await assertConfirmed(stage)
  return drained
}

const drain = (stage: Stage, { messages }: Pace, processes: number): Promise<Sample> => {
  const total = warmUpMessages + messages
  return withFullQueue(stage, total, async (sqs) => {
    const { seconds, ...cost } =
      stage.contestant.worker === undefined
        ? await drainBarely(stage, sqs, messages)
        : await drainByWorkers(stage, sqs, messages, processes)
    return {
      value: messages / seconds,
      ...cost,
      ...mailedTwice(await secondMails(stage, total))
    }
  })
}

const shared = {
  unit: "messages/s",
  better: "higher",
  open: (services, contestant, { messages }) =>
    pendingOrders(services, contestant, warmUpMessages + messages)
} as const satisfies Partial<Workload>

export const workerDrain = (contestants: ReadonlyArray<Contestant>): Workload => ({
  ...shared,
  ...{ name: "worker", title: "Worker drain", contestants },
  measure: (stage, pace) => drain(stage, pace, 1)
})

/** One worker process, and two of the same. */
export const workerProcesses = (one: Contestant, two: Contestant): Workload => ({
  ...shared,
  ...{ name: "worker-2", title: "Worker drain, 2 processes", contestants: [two, one] },
  measure: (stage, pace) => drain(stage, pace, stage.contestant.name === two.name ? 2 : 1)
})
