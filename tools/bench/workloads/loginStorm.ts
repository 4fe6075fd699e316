// Cached reads at a steady rate, alone and while people log in without a pause: hashing a password takes
// a core as long as hundreds of reads take.
import type { Contestant } from "../contestant.ts"
import { dataSet, noOrders, users } from "../data.ts"
import { alone } from "../goals.ts"
import type { LoadResult } from "../load/plan.ts"
import { resourceUsage } from "../resourceUsage.ts"
import { openHouse, type Stage } from "../stage.ts"
import { password } from "../system/seed.ts"
import type { Pace, Sample, Workload } from "../workload.ts"
import { pidsOf, sampleOf } from "./http.ts"
import { readOf } from "./reads.ts"

const logins = 8
const readsPerSecond = 500
const orders = 1000

/** Begins before the reads, and lasts beyond them. */
const overlapSeconds = 2

const storm = (stage: Stage, url: string, seconds: number): Promise<ReadonlyArray<LoadResult>> =>
  stage.load({
    ...closed,
    ...{ urls: [url], connections: logins, seconds: seconds + 2 * overlapSeconds },
    shots: users.map(({ email }) => ({
      path: "/api/auth/login",
      body: JSON.stringify({ email, password })
    }))
  })

const closed = { kind: "closed", method: "POST", once: false } as const
const open = { kind: "open", method: "GET", ids: false, perSecond: readsPerSecond } as const

async function measure(stage: Stage, { seconds, warmUpSeconds }: Pace): Promise<Sample> {
  const api = await stage.startApi()
  const shots = Array.from({ length: orders }, (_, i) => readOf(i))
  const reads = { ...open, url: api.url, shots }
  await stage.load({ ...reads, seconds: warmUpSeconds })
  const storming = stage.contestant.name === alone ? undefined : storm(stage, api.url, seconds)
  if (storming !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 1000 * overlapSeconds))
  const before = resourceUsage(pidsOf([api]))
  const results = await stage.load({ ...reads, seconds })
  const after = resourceUsage(pidsOf([api]))
  for (const { ok, failed } of (await storming) ?? [])
    if (ok === 0 || Object.keys(failed).length > 0)
      throw new Error(`of the logins ${ok} succeeded, and failed: ${JSON.stringify(failed)}`)
  const sample = sampleOf(results, before, after)
  return { ...sample, value: sample.p99 ?? Number.NaN, perSecond: readsPerSecond }
}

export const loginStorm = (system: Contestant): Workload => ({
  name: "login-storm",
  title: `Cached read during ${logins} logins, p99`,
  ...{ unit: "ms", better: "lower", measure },
  contestants: [system, { ...system, name: alone }],
  open: (services, contestant) =>
    openHouse(services, contestant, dataSet({ ...noOrders, count: orders }))
})
