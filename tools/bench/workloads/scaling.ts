// The same work by one process of this system, by two and by three: what they do in all, how often they meet on a
// document, and whether each gets its part.

import { watchConflicts } from "../conflicts.ts"
import type { Contestant, Running, RunningApi } from "../contestant.ts"
import { dataSet, hotSku, noOrders } from "../data.ts"
import { watchIdle } from "../idle.ts"
import { untilDepth } from "../queueDepth.ts"
import { resourceUsage } from "../resourceUsage.ts"
import { openHouse, type Stage } from "../stage.ts"
import { system } from "../system/system.ts"
import type { Pace, Sample, Workload } from "../workload.ts"
import { type HttpLoad, leastShareOf, measureHttp, pidsOf } from "./http.ts"
import { allQueued, orderShot, ordersOverMany } from "./orders.ts"
import {
  assertConfirmed,
  costOf,
  mailedTwice,
  pendingOrders,
  secondMails,
  warmUpMessages,
  withFullQueue
} from "./queue.ts"
import { cachedOrders, readOf } from "./reads.ts"

export const processCounts = [1, 2, 3] as const

export const scaled = (processes: number): string =>
  processes === 1 ? "1 process" : `${processes} processes`

const contestants: ReadonlyArray<Contestant> = processCounts.map((count) => ({
  ...system,
  name: scaled(count)
}))

const processesOf = ({ contestant }: Stage): number => {
  const count = processCounts.find((one) => scaled(one) === contestant.name)
  if (count === undefined) throw new Error(`${contestant.name} is no number of processes`)
  return count
}

/** Tells, when it is called, how the machine and MongoDB were used since. */
const watch = async ({ services }: Stage) => {
  const conflicts = await watchConflicts(services.mongo.client)
  const idle = watchIdle()
  return async (): Promise<Pick<Sample, "conflicts" | "busy">> => ({
    busy: 1 - idle(),
    conflicts: await conflicts()
  })
}

const measureApis = async (
  stage: Stage,
  pace: Pace,
  load: Omit<HttpLoad, "between">
): Promise<Sample> => {
  const apis: Array<RunningApi> = []
  for (let i = 0; i < processesOf(stage); i++) apis.push(await stage.startApi())
  let watched: Awaited<ReturnType<typeof watch>> | undefined
  const sample = await measureHttp(stage, pace, apis, {
    ...load,
    between: async () => {
      watched = await watch(stage)
    }
  })
  return { ...sample, ...(await watched?.()) }
}

const placing = (name: string, title: string, shots: HttpLoad["shots"]): Workload => ({
  ...{ name, title, unit: "orders/s", better: "higher", contestants },
  open: (services, contestant) => openHouse(services, contestant, dataSet(noOrders)),
  measure: (stage, pace) =>
    measureApis(stage, pace, { method: "POST", warmUp: shots, shots, settled: allQueued(stage) })
})

export const orders = placing("orders-200", "Order over 200 SKUs", ordersOverMany(1))

export const hotOrders = placing(
  "orders-hot",
  "Order on one SKU",
  Array.from({ length: 100 }, (_, i) => orderShot(i, [hotSku]))
)

export const reads: Workload = {
  ...{ name: "cached-read", title: "Cached read", unit: "requests/s", better: "higher" },
  contestants,
  open: (services, contestant) =>
    openHouse(services, contestant, dataSet({ ...noOrders, count: cachedOrders })),
  measure: (stage, pace) => {
    const shots = Array.from({ length: cachedOrders }, (_, i) => readOf(i))
    return measureApis(stage, pace, { method: "GET", warmUp: shots, shots })
  }
}

const lookEveryMs = 50
const startWithinSeconds = 60
const drainWithinSeconds = 240
/** Of each worker, before the clock runs. */
const firstMails = 100

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Where a worker answers its probes and scrapes, once it says so. */
const urlOf = async ({ output }: Running, signal: AbortSignal): Promise<string> => {
  for (;;) {
    signal.throwIfAborted()
    const port = /"message":"listening".*?"port":(\d+)/u.exec(output())?.[1]
    if (port !== undefined) return `http://127.0.0.1:${port}`
    await sleep(lookEveryMs)
  }
}

/** By each worker, as its metrics say. */
const mailsOf = (urls: ReadonlyArray<string>, token: string): Promise<ReadonlyArray<number>> =>
  Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/metrics`, {
        headers: { authorization: `Bearer ${token}` }
      })
      const sent = /^mails_sent_total (\d+)/mu.exec(await answer.text())?.[1]
      if (sent === undefined) throw new Error(`${url} tells no mails: ${answer.status}`)
      return Number(sent)
    })
  )

const sum = (figures: ReadonlyArray<number>): number => figures.reduce((all, one) => all + one, 0)

/** The clock runs from when all workers are at work: those that start first would do the work of the others. */
const drain = async (stage: Stage, { messages }: Pace): Promise<Sample> => {
  const { services, queueUrl, env, within } = stage
  const total = warmUpMessages + messages
  const workers = Array.from({ length: processesOf(stage) }, stage.startWorker)
  const urls = await within("the start of the workers", startWithinSeconds, (signal) =>
    Promise.all(workers.map((worker) => urlOf(worker, signal)))
  )
  const sent = () => mailsOf(urls, env["METRICS_TOKEN"] ?? "")
  return withFullQueue(stage, total, async (sqs) => {
    const first = await within("the first mails of each", startWithinSeconds, async (signal) => {
      for (;;) {
        signal.throwIfAborted()
        const mails = await sent()
        if (Math.min(...mails) >= firstMails) return mails
        await sleep(lookEveryMs)
      }
    })
    const left = total - sum(first)
    if (left < messages / 2) throw new Error(`only ${left} messages were left to measure`)
    const began = performance.now()
    const usage = resourceUsage(pidsOf(workers))
    const watched = await watch(stage)
    await within("draining the queue", drainWithinSeconds, async (signal) => {
      await services.ses.count(total, signal)
      await untilDepth(sqs, queueUrl, (depth) => depth === 0, signal)
    })
    const seconds = (performance.now() - began) / 1000
    const seen = await watched()
    const cost = costOf(usage, resourceUsage(pidsOf(workers)), left)
    const mails = (await sent()).map((all, i) => all - (first[i] ?? 0))
    await assertConfirmed(stage)
    return {
      value: left / seconds,
      ...cost,
      ...seen,
      ...(mails.length > 1 && { leastShare: leastShareOf(mails) }),
      ...mailedTwice(await secondMails(stage, total))
    }
  })
}

export const drainBySeveral: Workload = {
  ...{ name: "worker", title: "Worker drain", unit: "messages/s", better: "higher", contestants },
  open: (services, contestant, { messages }) =>
    pendingOrders(services, contestant, warmUpMessages + messages),
  measure: drain
}
