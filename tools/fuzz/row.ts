// The table of a run: a row for each group of inputs and target.
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
