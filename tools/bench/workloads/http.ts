// What all workloads over HTTP have in common: warm up, measure, and account for what it cost.
import { addUp } from "../../harness/statistics.ts"
import type { Running, RunningApi } from "../contestant.ts"
import type { ClosedPlan, LoadResult, Shot } from "../load/plan.ts"
import { resourceUsage, type Usage } from "../resourceUsage.ts"
import type { Stage } from "../stage.ts"
import type { Pace, Sample } from "../workload.ts"

/** Concurrent requests: more than the programs have cores, so that none of them waits for the load. */
export const connections = 64

/** Answers of 2xx, of all programs together. */
export const okOf = (results: ReadonlyArray<LoadResult>): number =>
  results.reduce((sum, { ok }) => sum + ok, 0)

const costOf = (before: Usage | undefined, after: Usage | undefined, operations: number) =>
  before === undefined || after === undefined
    ? {}
    : { cpuMs: (after.cpuMs - before.cpuMs) / operations, rssMb: after.rssMb }

export const sampleOf = (
  results: ReadonlyArray<LoadResult>,
  before: Usage | undefined,
  after: Usage | undefined
): Sample => {
  const ok = okOf(results)
  const failed = addUp(results.map((result) => result.failed))
  if (ok === 0) throw new Error(`no request succeeded: ${JSON.stringify(failed)}`)
  // Of several programs the slowest: what their users see is what the unluckiest of them see.
  const worst = (of: "p50" | "p99"): number =>
    Math.max(...results.map(({ latency }) => latency[of]))
  return {
    value: results.reduce((sum, result) => sum + result.ok / result.seconds, 0),
    ...{ p50: worst("p50"), p99: worst("p99"), failed },
    ...costOf(before, after, ok),
    ...(results.length > 1 && {
      leastShare: leastShareOf(results.map((result) => result.ok)),
      p99Spread: 1 / leastShareOf(results.map(({ latency }) => latency.p99))
    })
  }
}

/** The least of some figures, as a share of the most. */
export const leastShareOf = (figures: ReadonlyArray<number>): number =>
  Math.min(...figures) / Math.max(...figures)

export interface HttpLoad {
  readonly method: "GET" | "POST"
  readonly warmUp: ReadonlyArray<Shot>
  readonly shots: ReadonlyArray<Shot>
  readonly once?: boolean
  /** Between warming up and measuring. */
  readonly between?: () => Promise<unknown>
  /** Resolves once what so many requests have set off is done as well, which counts as a part of them. */
  readonly settled?: (requests: number) => Promise<unknown>
}

/** Loads the programs with `connections` in all, as far as they can be shared evenly. */
export async function measureHttp(
  stage: Stage,
  pace: Pace,
  apis: ReadonlyArray<RunningApi>,
  { method, warmUp, shots, once = false, between, settled }: HttpLoad
): Promise<Sample> {
  const plan = (seconds: number): Omit<ClosedPlan, "shots" | "once"> => ({
    ...{ kind: "closed", method, seconds },
    urls: apis.map(({ url }) => url),
    connections: Math.floor(connections / apis.length)
  })
  const warm = await stage.load({ ...plan(pace.warmUpSeconds), shots: warmUp, once: false })
  await between?.()
  const pids = pidsOf(apis)
  const before = resourceUsage(pids)
  const results = await stage.load({ ...plan(pace.seconds), shots, once })
  const answered = performance.now()
  await settled?.(okOf(warm) + okOf(results))
  const more = (performance.now() - answered) / 1000
  return sampleOf(
    results.map((result) => ({ ...result, seconds: result.seconds + more })),
    before,
    resourceUsage(pids)
  )
}

export const pidsOf = (programs: ReadonlyArray<Running>): ReadonlyArray<number> =>
  programs.map(({ pid }) => pid)
