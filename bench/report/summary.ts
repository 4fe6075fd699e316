// From measurements to one line per workload and contestant.
import { type Goal, goals } from "../goals.ts"
import type { Results } from "../results.ts"
import { type Summary, summarize } from "../stats.ts"
import type { Sample, Workload } from "../workload.ts"

export interface Line {
  readonly workload: Results["workloads"][number]
  readonly contestant: string
  readonly value: Summary
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly cpuMs: number | undefined
  readonly rssMb: number | undefined
  /** Requests that failed, over all rounds. */
  readonly failed: number
  readonly oversold: number | undefined
  /** This system's median to this one's; undefined for itself. */
  readonly ratio: number | undefined
  readonly goal: { readonly goal: Goal; readonly ratio: number } | undefined
}

const subject = "system"

type Numeric = "p50" | "p99" | "cpuMs" | "rssMb"

const medianOf = (samples: ReadonlyArray<Sample>, of: Numeric): number | undefined => {
  const values = samples.flatMap((sample) => sample[of] ?? [])
  return values.length === 0 ? undefined : summarize(values).median
}

const failedIn = ({ failed = {} }: Sample): number =>
  Object.values(failed).reduce((sum, count) => sum + count, 0)

const quotient = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b

export function linesOf({ workloads, measurements }: Results): ReadonlyArray<Line> {
  const samplesOf = (workload: Pick<Workload, "name">, contestant: string) =>
    measurements
      .filter((one) => one.workload === workload.name && one.contestant === contestant)
      .map(({ sample }) => sample)

  const summaryOf = (workload: Pick<Workload, "name">, contestant: string) => {
    const samples = samplesOf(workload, contestant)
    if (samples.length === 0) return undefined
    const oversold = samples.flatMap((sample) => sample.oversold ?? [])
    return {
      value: summarize(samples.map(({ value }) => value)),
      p50: medianOf(samples, "p50"),
      p99: medianOf(samples, "p99"),
      cpuMs: medianOf(samples, "cpuMs"),
      rssMb: medianOf(samples, "rssMb"),
      failed: samples.reduce((sum, sample) => sum + failedIn(sample), 0),
      oversold: oversold.length === 0 ? undefined : oversold.reduce((sum, one) => sum + one, 0)
    }
  }

  return workloads.flatMap((workload) => {
    const own = summaryOf(workload, subject)
    const names = new Set(
      measurements.filter((one) => one.workload === workload.name).map((one) => one.contestant)
    )
    return Array.from(names, (contestant): ReadonlyArray<Line> => {
      const summary = summaryOf(workload, contestant)
      if (summary === undefined) return []
      const isOther = contestant !== subject
      const goal = goals.find((one) => one.workload === workload.name && one.against === contestant)
      const goalRatio =
        goal?.of === "p99"
          ? quotient(own?.p99, summary.p99)
          : quotient(own?.value.median, summary.value.median)
      return [
        {
          workload,
          contestant,
          ...summary,
          ratio: isOther ? quotient(own?.value.median, summary.value.median) : undefined,
          goal:
            goal === undefined || goalRatio === undefined ? undefined : { goal, ratio: goalRatio }
        }
      ]
    }).flat()
  })
}
