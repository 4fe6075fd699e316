// From the order to its mail, with an API and a worker running: first the peak, then a steady rate below it.
// The time of an order runs from when its request was due until SES had its mail.
import type { Contestant, DataSet } from "../contestant.ts"
import { dataSet, noOrders } from "../data.ts"
import type { LoadResult } from "../load/plan.ts"
import type { Services } from "../services.ts"
import { monotonicMs, type SentMail } from "../ses/protocol.ts"
import { inFreshHouse, type Stage } from "../stage.ts"
import { quantile } from "../stats.ts"
import { usage } from "../usage.ts"
import type { Pace, Sample, Workload } from "../workload.ts"
import { connections, pidsOf, sampleOf } from "./http.ts"
import { ordersOverMany } from "./orders.ts"

/** How long the last mail may take after the last order. */
const mailsWithinSeconds = 60

const data = (): DataSet => dataSet(noOrders)

const startBoth = async (stage: Stage) => {
  const api = await stage.startApi()
  return { api, programs: [api, stage.startWorker()] }
}

/** Orders per second that get their mails as fast as they come: the lower one of two rates. */
async function peakOf(stage: Stage, { warmUpSeconds, seconds }: Pace): Promise<number> {
  const { ses } = stage.services
  const { api } = await startBoth(stage)
  const shots = ordersOverMany(1)
  const common = { kind: "closed", method: "POST", urls: [api.url], connections, shots } as const
  await stage.load({ ...common, once: false, seconds: warmUpSeconds })
  await stage.within("waiting for the first mail", mailsWithinSeconds, (signal) =>
    ses.count(1, signal)
  )
  const mailed = async (): Promise<number> => (await ses.mails()).length
  const before = await mailed()
  const began = monotonicMs()
  const [result] = await stage.load({ ...common, once: false, seconds })
  const mailsPerSecond = ((await mailed()) - before) / ((monotonicMs() - began) / 1000)
  const ordersPerSecond = (result?.ok ?? 0) / (result?.seconds ?? 1)
  const peak = Math.min(mailsPerSecond, ordersPerSecond)
  if (peak === 0)
    throw new Error(`${ordersPerSecond} orders/s and ${mailsPerSecond} mails/s: no peak`)
  return peak
}

const orderIn = /[0-9a-f]{24,32}/u

/** When each order had its first mail. */
export function mailedAt(mails: ReadonlyArray<SentMail>): ReadonlyMap<string, number> {
  const first = new Map<string, number>()
  for (const { subject, at } of mails) {
    const id = orderIn.exec(subject)?.[0]
    if (id !== undefined && !first.has(id)) first.set(id, at)
  }
  return first
}

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
      const sent = at.get(order.id)
      return sent === undefined ? [] : [sent - order.at]
    })
    if (known.length === made.length) return known
    mails = all.length + 1
  }
}

async function steady(stage: Stage, pace: Pace, perSecond: number): Promise<Sample> {
  const { api, programs } = await startBoth(stage)
  const common = { kind: "open", method: "POST", url: api.url, perSecond } as const
  const shots = ordersOverMany(1)
  const warm = await stage.load({ ...common, shots, ids: true, seconds: pace.warmUpSeconds })
  const until = (results: ReadonlyArray<LoadResult>) =>
    stage.within("waiting for the mails", mailsWithinSeconds, (signal) =>
      waits(
        stage.services,
        results.flatMap(({ made }) => made),
        signal
      )
    )
  await until(warm)
  const before = usage(pidsOf(programs))
  const results = await stage.load({ ...common, shots, ids: true, seconds: pace.seconds })
  const sorted = (await until(results)).toSorted((a, b) => a - b)
  const after = usage(pidsOf(programs))
  const p99 = quantile(sorted, 0.99)
  return {
    ...sampleOf(results, before, after),
    ...{ value: p99, p50: quantile(sorted, 0.5), p99, perSecond }
  }
}

/** Somebody, measured at a part of their own peak, or of somebody else's. */
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
