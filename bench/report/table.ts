// The results as a table in Markdown, so that it can go into a document as it is.
import { isMet, subject, textOf } from "../goals.ts"
import type { Line } from "./summary.ts"

/** Three significant digits, and no more than make sense. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return "-"
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString("en")
  return value.toFixed(size >= 10 ? 1 : 2)
}

const optional = (value: number | undefined): string => (value === undefined ? "" : figure(value))

const goalsOf = (line: Line): string =>
  line.goals
    .map(({ goal, ratio }) => {
      const whose = goal.subject === subject ? "" : `${goal.subject} ${figure(ratio)} `
      return `${whose}${textOf(goal)} ${isMet(goal, ratio) ? "met" : "MISSED"}`
    })
    .join("; ")

const columns: ReadonlyArray<readonly [title: string, cell: (line: Line) => string]> = [
  ["workload", ({ workload }) => `${workload.title}, ${workload.unit}`],
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

const leftAligned = new Set(["workload", "who", "goal"])

export function markdown(
  titles: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  isLeft: (title: string) => boolean
): string {
  const widths = titles.map((title, i) =>
    Math.max(title.length, 3, ...rows.map((row) => row[i]?.length ?? 0))
  )
  const line = (cells: ReadonlyArray<string>): string =>
    `| ${cells
      .map((cell, i) => {
        const width = widths[i] ?? 0
        return isLeft(titles[i] ?? "") ? cell.padEnd(width) : cell.padStart(width)
      })
      .join(" | ")} |`
  const rule = widths.map((width, i) =>
    isLeft(titles[i] ?? "") ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
  )
  return [line(titles), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n")
}

/** A workload is named in its first row only. */
export function table(lines: ReadonlyArray<Line>): string {
  const titles = columns.map(([title]) => title)
  const rows = lines.map((line, i) =>
    columns.map(([title, cell]) =>
      title === "workload" && lines[i - 1]?.workload.name === line.workload.name ? "" : cell(line)
    )
  )
  return markdown(titles, rows, (title) => leftAligned.has(title))
}
