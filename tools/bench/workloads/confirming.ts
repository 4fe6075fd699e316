// Confirming while mails are held to a rate: so many pending orders, each with its message, until the queue is empty
// and no order is pending. Mails go on meanwhile.
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
  pendingOrders,
  runLimit,
  warmUpMessages,
  withFullQueue
} from "./queue.ts"

/** What SES grants at first. */
const mailsPerSecond = 14

const confirmWithinSeconds = 240

const confirmBarely = async (stage: Stage, messages: number): Promise<Sample> => {
  const { seconds, cpuMs } = await stage.within("confirming", confirmWithinSeconds, () =>
    runLimit(stage, "tools/bench/limits/confirm.ts", messages)
  )
  return { value: messages / seconds, cpuMs }
}

const confirmByWorker = async (stage: Stage, sqs: SQSClient, messages: number): Promise<Sample> => {
  const { pid } = stage.startWorker()
  const until = (left: number) =>
    stage.within("confirming", confirmWithinSeconds, (signal) =>
      untilDepth(sqs, stage.queueUrl, (depth) => depth <= left, signal)
    )
  await until(messages)
  const before = resourceUsage([pid])
  const began = monotonicMs()
  await until(0)
  const seconds = (monotonicMs() - began) / 1000
  return { value: messages / seconds, ...costOf(before, resourceUsage([pid]), messages) }
}

export const confirming = (system: Contestant, limit: Contestant): Workload => ({
  name: "confirm",
  title: `Confirmations while mails are held to ${mailsPerSecond} a second`,
  ...{ unit: "orders/s", better: "higher" },
  contestants: [{ ...system, env: () => ({ SES_MAX_PER_SECOND: String(mailsPerSecond) }) }, limit],
  open: (services, contestant, { messages }) =>
    pendingOrders(services, contestant, warmUpMessages + messages),
  measure: (stage, { messages }: Pace) =>
    withFullQueue(stage, warmUpMessages + messages, async (sqs) => {
      const sample =
        stage.contestant.worker === undefined
          ? await confirmBarely(stage, messages)
          : await confirmByWorker(stage, sqs, messages)
      await assertConfirmed(stage)
      return sample
    })
})
