// From the order to its mail, with an API and a worker running: first the peak, then a steady rate below it.
// The time of an order runs from when its request was due until SES had its mail.

import { OrderId, UserId } from "../../../src/services/ids.ts"
import { numberOf } from "../../../src/services/orders/model/orderNumber.ts"
import { quantile } from "../../harness/statistics.ts"
import type { Contestant, DataSet, RunningApi } from "../contestant.ts"
import { dataSet, noOrders } from "../data.ts"
import type { LoadResult, Plan } from "../load/plan.ts"
import { resourceUsage } from "../resourceUsage.ts"
import type { Services } from "../services.ts"
import { monotonicMs, type SentMail } from "../ses/protocol.ts"
import { inFreshHouse, type Stage } from "../stage.ts"
import type { Pace, Sample, Workload } from "../workload.ts"
import { connections, okOf, pidsOf, sampleOf } from "./http.ts"
import { ordersOverMany } from "./orders.ts"

/** How long the last mail may take after the last order. */
const mailsWithinSeconds = 60

const data = (): DataSet => dataSet(noOrders)

const startBoth = async (stage: Stage) => {
  const api = await stage.startApi()
  return { api, programs: [api, stage.startWorker()] }
}

const fullLoad = ({ url }: RunningApi, seconds: number): Plan => ({
  ...{ kind: "closed", method: "POST", urls: [url], connections, once: false, seconds },
  shots: ordersOverMany(1)
})

/** Full load, until all of it is mailed. */
async function warmUp(stage: Stage, api: RunningApi, { warmUpSeconds }: Pace): Promise<void> {
  const ordered = okOf(await stage.load(fullLoad(api, warmUpSeconds)))
  await stage.within("waiting for the first mails", mailsWithinSeconds, (signal) =>
    stage.services.ses.count(ordered, signal)
  )
}

/** Orders per second that get their mails as fast as they come: the lower one of two rates. */
async function peakOf(stage: Stage, pace: Pace): Promise<number> {
  const { api } = await startBoth(stage)
  await warmUp(stage, api, pace)
  const mailed = async (): Promise<number> => (await stage.services.ses.mails()).length
  const before = await mailed()
  const began = monotonicMs()
  const [result] = await stage.load(fullLoad(api, pace.seconds))
  const mailsPerSecond = ((await mailed()) - before) / ((monotonicMs() - began) / 1000)
  const ordersPerSecond = (result?.ok ?? 0) / (result?.seconds ?? 1)
  const peak = Math.min(mailsPerSecond, ordersPerSecond)
  if (peak === 0)
    throw new Error(`${ordersPerSecond} orders/s and ${mailsPerSecond} mails/s: no peak`)
  return peak
}

/** What a mail calls its order: this system by the number, the others by the id. */
const orderIn = /[0-9a-f]{24,32}|\w{4}-\w{4}/u

/** When each order had its first mail, by what its mail calls it. */
export function mailedAt(mails: ReadonlyArray<SentMail>): ReadonlyMap<string, number> {
  const first = new Map<string, number>()
  for (const { subject, at } of mails) {
    const id = orderIn.exec(subject)?.[0]
    if (id !== undefined && !first.has(id)) first.set(id, at)
  }
  return first
}

const anyUser = UserId.make("")

/**
 * How long each order waited for its mail; resolves once all have one. Mails are not counted: an order whose
 * answer was lost has one too, and some may have two.
 */
async function waits(
  { ses }: Services,
  made: LoadResult["made"],
  signal: AbortSignal
): Promise<ReadonlyArray<number>> {
  for (let mails = made.length; ; ) {
    await ses.count(mails, signal)
    const all = await ses.mails()
    const at = mailedAt(all)
    const known = made.flatMap((order) => {
      // The number is in the id: no user is needed.
      const sent = at.get(order.id) ?? at.get(numberOf(OrderId.make(order.id), anyUser))
      return sent === undefined ? [] : [sent - order.at]
    })
    if (known.length === made.length) return known
    mails = all.length + 1
  }
}

/**
 * After full load, since at a few dozen orders a second it takes longer than a measurement until the code is
 * compiled that a program has compiled which runs for long; and then after a while at the rate itself.
 */
async function steady(stage: Stage, pace: Pace, perSecond: number): Promise<Sample> {
  const { api, programs } = await startBoth(stage)
  const shots = ordersOverMany(1)
  const open = { kind: "open", method: "POST", url: api.url, perSecond, shots, ids: true } as const
  const mailed = (results: ReadonlyArray<LoadResult>) =>
    stage.within("waiting for the mails", mailsWithinSeconds, (signal) =>
      waits(
        stage.services,
        results.flatMap(({ made }) => made),
        signal
      )
    )
  await warmUp(stage, api, pace)
  await mailed(await stage.load({ ...open, seconds: pace.warmUpSeconds }))
  const before = resourceUsage(pidsOf(programs))
  const results = await stage.load({ ...open, seconds: pace.seconds })
  const sorted = (await mailed(results)).toSorted((a, b) => a - b)
  const after = resourceUsage(pidsOf(programs))
  const p99 = quantile(sorted, 0.99)
  return {
    ...sampleOf(results, before, after),
    ...{ value: p99, p50: quantile(sorted, 0.5), p99, perSecond }
  }
}

/** A contestant, measured at a part of its own peak, or of another's. */
export interface Runner {
  readonly contestant: Contestant
  readonly peakOf: Contestant
}

/** One workload for each part of the peak; peaks are measured once in a run. */
export function endToEnd(
  runners: ReadonlyArray<Runner>,
  percents: ReadonlyArray<number>
): ReadonlyArray<Workload> {
  const peaks = new Map<string, Promise<number>>()
  const peak = (services: Services, contestant: Contestant, pace: Pace): Promise<number> => {
    const known =
      peaks.get(contestant.name) ??
      inFreshHouse(services, contestant, data(), (stage) => peakOf(stage, pace))
    peaks.set(contestant.name, known)
    return known
  }
  const contestants = runners.map(({ contestant }) => contestant)

  return percents.map(
    (percent): Workload => ({
      name: `end-to-end-${percent}`,
      title: `From the order to its mail at ${percent} % of the peak, p99`,
      ...{ unit: "ms", better: "lower", contestants },
      open: (services, contestant) => ({
        play: (act) => inFreshHouse(services, contestant, data(), act),
        close: () => Promise.resolve()
      }),
      measure: async (stage, pace) => {
        const runner = runners.find(({ contestant }) => contestant.name === stage.contestant.name)
        if (runner === undefined) throw new Error(`${stage.contestant.name} does not run here`)
        const most = await peak(stage.services, runner.peakOf, pace)
        return steady(stage, pace, (most * percent) / 100)
      }
    })
  )
}
