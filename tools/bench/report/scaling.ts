// What several processes of this system did, next to one: the table of docs/scaling.md.
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { between } from "../../harness/marks.ts"
import { type Columns, table } from "../../harness/table.ts"
import { describeIdle } from "../idle.ts"
import type { Results } from "../results.ts"
import { median } from "../stats.ts"
import type { Sample } from "../workload.ts"
import { processCounts, scaled } from "../workloads/scaling.ts"
import { describeRun } from "./publish.ts"
import { figure } from "./table.ts"

interface Row {
  readonly workload: Results["workloads"][number]
  readonly processes: string
  readonly samples: ReadonlyArray<Sample>
  /** Of one process. */
  readonly one: ReadonlyArray<Sample>
  readonly isFirst: boolean
}

/** The median of what the samples have; undefined where none has it. */
const medianOf = (
  samples: ReadonlyArray<Sample>,
  of: (sample: Sample) => number | undefined
): number | undefined => {
  const values = samples.flatMap((sample) => of(sample) ?? [])
  return values.length === 0 ? undefined : median(values)
}

const cell =
  (of: (sample: Sample) => number | undefined, write = figure) =>
  ({ samples }: Row): string => {
    const value = medianOf(samples, of)
    return value === undefined ? "" : write(value)
  }

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`

/** Of all transactions that were begun. */
const abortedOf = ({ conflicts }: Sample): number | undefined => {
  const { committed = 0, aborted = 0 } = conflicts ?? {}
  return committed + aborted === 0 ? undefined : aborted / (committed + aborted)
}

const conflictsOf = ({ conflicts, value }: Sample): number | undefined =>
  conflicts && (1000 * conflicts.writeConflicts) / (conflicts.seconds * value)

const perCommitOf = ({ conflicts, value }: Sample): number | undefined =>
  conflicts?.committed ? (conflicts.seconds * value) / conflicts.committed : undefined

const ratioOf = ({ samples, one }: Row): string => {
  const [own, others] = [samples, one].map((some) => medianOf(some, ({ value }) => value))
  return own === undefined || others === undefined ? "" : figure(own / others)
}

const failedOf = ({ samples }: Row): string =>
  String(
    samples
      .flatMap(({ failed = {} }) => Object.values(failed))
      .reduce((all, count) => all + count, 0)
  )

const columns: Columns<Row> = [
  ["work", ({ workload, isFirst }) => (isFirst ? `${workload.title}, ${workload.unit}` : "")],
  ["by", ({ processes }) => processes],
  ["median", cell(({ value }) => value)],
  [
    "min–max",
    ({ samples }) => {
      const values = samples.map(({ value }) => value)
      return `${figure(Math.min(...values))}–${figure(Math.max(...values))}`
    }
  ],
  ["÷ one", ratioOf],
  ["p99 ms", cell(({ p99 }) => p99)],
  [
    "CPU ms each",
    cell(
      ({ cpuMs }) => cpuMs,
      (ms) => ms.toFixed(3)
    )
  ],
  ["machine busy", cell(({ busy }) => busy, percent)],
  ["orders a commit", cell(perCommitOf)],
  ["transactions aborted", cell(abortedOf, percent)],
  ["write conflicts per 1,000", cell(conflictsOf)],
  ["least ÷ most", cell(({ leastShare }) => leastShare)],
  ["p99, slowest ÷ fastest", cell(({ p99Spread }) => p99Spread)],
  ["failed", failedOf]
]

/** A work is named in its first row only. */
export const scalingTable = ({ workloads, measurements }: Results): string => {
  const rows = workloads.flatMap((workload) => {
    const samplesOf = (processes: string) =>
      measurements
        .filter((one) => one.workload === workload.name && one.contestant === processes)
        .map(({ sample }) => sample)
    const one = samplesOf(scaled(1))
    return processCounts
      .map(scaled)
      .map((processes) => ({ workload, processes, samples: samplesOf(processes), one }))
      .filter(({ samples }) => samples.length > 0)
      .map((row, i) => ({ ...row, isFirst: i === 0 }))
  })
  return table(columns, rows)
}

/** Writes a run between the marks of docs/scaling.md. */
export async function publishScaling(results: Results, docs: string): Promise<void> {
  const path = join(docs, "scaling.md")
  const text = [describeRun(results), describeIdle(results.idle), scalingTable(results)].join(
    "\n\n"
  )
  await writeFile(path, between(await readFile(path, "utf8"), "bench", text))
}
