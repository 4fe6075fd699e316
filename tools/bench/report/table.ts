// The results as a table, with the goals that they are held against.
import { type Columns, table } from "../../harness/table.ts"
import { isMet, subject, textOf } from "../goals.ts"
import type { ReportLine } from "./summary.ts"

/** Three significant digits, and no more than make sense. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return "-"
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString("en")
  return value.toFixed(size >= 10 ? 1 : 2)
}

const optional = (value: number | undefined): string => (value === undefined ? "" : figure(value))

const goalsOf = (line: ReportLine): string =>
  line.goals
    .map(({ goal, ratio }) => {
      const other = [
        ...(goal.subject === subject ? [] : [goal.subject]),
        ...(goal.of === undefined ? [] : [goal.of])
      ]
      const whose = other.length === 0 ? "" : `${other.join(" ")} ${figure(ratio)} `
      return `${whose}${textOf(goal)} ${isMet(goal, ratio) ? "met" : "MISSED"}`
    })
    .join("; ")

const columns: Columns<ReportLine & { readonly isFirst: boolean }> = [
  ["workload", ({ workload, isFirst }) => (isFirst ? `${workload.title}, ${workload.unit}` : "")],
  ["who", ({ contestant }) => contestant],
  ["median", ({ value }) => figure(value.median)],
  ["min–max", ({ value }) => `${figure(value.min)}–${figure(value.max)}`],
  ["at /s", ({ perSecond }) => optional(perSecond)],
  ["p50 ms", ({ p50 }) => optional(p50)],
  ["p99 ms", ({ p99 }) => optional(p99)],
  ["CPU ms each", ({ cpuMs }) => (cpuMs === undefined ? "" : cpuMs.toFixed(3))],
  ["MiB", ({ rssMb }) => (rssMb === undefined ? "" : String(Math.round(rssMb)))],
  ["failed", ({ failed }) => String(failed)],
  ["oversold", ({ oversold }) => (oversold === undefined ? "" : String(oversold))],
  ["system ÷ it", ({ ratio }) => optional(ratio)],
  ["goal", goalsOf]
]

/** A workload is named in its first row only. */
export const linesTable = (lines: ReadonlyArray<ReportLine>): string =>
  table(
    columns,
    lines.map((line, i) => ({
      ...line,
      isFirst: lines[i - 1]?.workload.name !== line.workload.name
    }))
  )
