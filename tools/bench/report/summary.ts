// From measurements to one line per workload and contestant.
import { type Goal, goals, subject } from "../goals.ts"
import type { Results } from "../results.ts"
import { median, type Summary, summarize } from "../stats.ts"
import type { Sample } from "../workload.ts"

export interface ReportLine {
  readonly workload: Results["workloads"][number]
  readonly contestant: string
  readonly value: Summary
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly cpuMs: number | undefined
  readonly rssMb: number | undefined
  readonly perSecond: number | undefined
  /** Requests that failed, over all rounds. */
  readonly failed: number
  readonly oversold: number | undefined
  /** This system's median to this one's; undefined for itself. */
  readonly ratio: number | undefined
  readonly goals: ReadonlyArray<JudgedGoal>
}

export interface JudgedGoal {
  readonly goal: Goal
  readonly ratio: number
}

type Numeric = "p50" | "p99" | "cpuMs" | "rssMb" | "perSecond"

const sum = (values: ReadonlyArray<number>): number => values.reduce((all, one) => all + one, 0)

const samplesOf = (
  { measurements }: Results,
  workload: string,
  contestant: string
): ReadonlyArray<Sample> =>
  measurements
    .filter((one) => one.workload === workload && one.contestant === contestant)
    .map(({ sample }) => sample)

const medianOf = (samples: ReadonlyArray<Sample>, of: Numeric): number | undefined => {
  const values = samples.flatMap((sample) => sample[of] ?? [])
  return values.length === 0 ? undefined : median(values)
}

/** Of medians; undefined where one of the two was not measured. */
export function ratioOf(
  results: Results,
  { workload, subject: above, against, of }: Pick<Goal, "workload" | "subject" | "against" | "of">
): number | undefined {
  const [over, under] = [above, against].map((name) =>
    samplesOf(results, workload, name).flatMap((sample) => sample[of ?? "value"] ?? [])
  )
  if (!over?.length || !under?.length) return undefined
  return median(over) / median(under)
}

/** Those of the given goals whose two sides were measured. */
export const judge = (results: Results, all: ReadonlyArray<Goal>): ReadonlyArray<JudgedGoal> =>
  all.flatMap((goal) => {
    const ratio = ratioOf(results, goal)
    return ratio === undefined ? [] : [{ goal, ratio }]
  })

function lineOf(
  results: Results,
  workload: Results["workloads"][number],
  contestant: string
): ReportLine {
  const samples = samplesOf(results, workload.name, contestant)
  const oversold = samples.flatMap((sample) => sample.oversold ?? [])
  const pair = { workload: workload.name, against: contestant }
  return {
    ...{ workload, contestant },
    value: summarize(samples.map(({ value }) => value)),
    p50: medianOf(samples, "p50"),
    p99: medianOf(samples, "p99"),
    cpuMs: medianOf(samples, "cpuMs"),
    rssMb: medianOf(samples, "rssMb"),
    perSecond: medianOf(samples, "perSecond"),
    failed: sum(samples.flatMap(({ failed = {} }) => Object.values(failed))),
    oversold: oversold.length === 0 ? undefined : sum(oversold),
    ratio: contestant === subject ? undefined : ratioOf(results, { ...pair, subject }),
    goals: judge(
      results,
      goals.filter((goal) => goal.workload === workload.name && goal.against === contestant)
    )
  }
}

export const linesOf = (results: Results): ReadonlyArray<ReportLine> =>
  results.workloads.flatMap((workload) => {
    const measured = results.measurements.filter((one) => one.workload === workload.name)
    const all = measured.map(({ contestant }) => contestant)
    // This system comes first, although another one was measured before it.
    const names = new Set([...all.filter((name) => name === subject), ...all])
    return Array.from(names, (contestant) => lineOf(results, workload, contestant))
  })
