// The tables of a run: a row for each group of inputs and target, and what honest clients met in each flood.
import type { FloodResult } from "../harness/flood.ts"
import type { Columns } from "../harness/table.ts"
import type { Finding } from "./attack.ts"
import { groups } from "./case.ts"
import type { TargetResult } from "./run.ts"

export interface Row {
  readonly target: string
  readonly inputs: string
  readonly cases: number
  /** By the first digit of the status; `-` where the connection ended without an answer. */
  readonly answers: Readonly<Record<string, number>>
  /** Undefined where it is not measured. */
  readonly slowestMs?: number
  readonly findings: number
}

const count = (findings: ReadonlyArray<Finding>, group: Finding["group"]): number =>
  findings.filter((finding) => finding.group === group).length

export const rowsOf = ({
  target,
  attack,
  examinations,
  findings
}: TargetResult): ReadonlyArray<Row> => [
  ...groups.flatMap((group): ReadonlyArray<Row> => {
    const tally = attack.tallies.get(group)
    return tally === undefined
      ? []
      : [{ target, inputs: group, ...tally, findings: count(findings, group) }]
  }),
  ...examinations.map(
    ({ as, cases, findings: found }): Row => ({
      ...{ target, inputs: `schemathesis as ${as}`, cases, answers: {} },
      findings: found.length
    })
  ),
  {
    ...{ target, inputs: "once it was over", cases: 1, answers: {} },
    findings: count(findings, "afterwards")
  }
]

const answered =
  (digit: string) =>
  ({ answers }: Row) =>
    Object.keys(answers).length === 0 ? "" : String(answers[digit] ?? 0)

export const columns: Columns<Row> = [
  ["inputs", ({ target, inputs }) => `${target}: ${inputs}`],
  ["cases", ({ cases }) => String(cases)],
  ["2xx", answered("2")],
  ["3xx", answered("3")],
  ["4xx", answered("4")],
  ["5xx", answered("5")],
  ["closed", answered("-")],
  ["slowest s", ({ slowestMs }) => (slowestMs === undefined ? "" : (slowestMs / 1000).toFixed(1))],
  ["findings", ({ findings }) => String(findings)]
]

export const floodColumns: Columns<FloodResult> = [
  ["flood", ({ flood }) => flood],
  ["connections", ({ opened }) => String(opened)],
  ["honest requests", ({ requests }) => String(requests)],
  ["errors", ({ errors }) => String(errors)],
  ["p99 ms", ({ p99Ms }) => p99Ms.toFixed(0)],
  ["worst ms", ({ worstMs }) => worstMs.toFixed(0)],
  ["peak MiB", ({ peakMb }) => peakMb.toFixed(0)]
]
