// The results as tables in Markdown, so that they can go into a document as they are, and what of them
// breaks a promise.
import { table } from "../harness/table.ts"
import type { Answers, Comparison } from "./answerTimes.ts"
import { type Reads, ratioOf, type Spread } from "./reads.ts"
import { verdictOf } from "./statistics.ts"

/** What the median times of two kinds may differ by, in milliseconds: docs/timing.md says why. */
export const sameMs = 1

/** How many times as long the p99 of a cached read may be during logins. */
export const mostTimes = 3

/** A p99 of fewer reads is the chance of a few. */
const leastReads = 1000

const ms = (value: number): string => value.toFixed(2)

const verdict = ({ difference }: Comparison): string => verdictOf(difference, sameMs)

export function isClear({ comparisons }: Answers): boolean {
  return comparisons.every((comparison) => verdict(comparison) !== "unclear")
}

export function broken(questions: ReadonlyArray<Answers>, reads: Reads): ReadonlyArray<string> {
  const of = ({ question, comparisons }: Answers): ReadonlyArray<string> =>
    comparisons.flatMap((comparison) => {
      const found = verdict(comparison)
      if (found === (comparison.isControl ? "different" : "same")) return []
      const advice =
        found === "unclear" ? ": the machine does too much else, or --rounds is low" : ""
      return [`${question}, ${comparison.kind}: ${found}${advice}`]
    })
  const times = ratioOf(reads, "p99")
  return [
    ...questions.flatMap(of),
    ...(times <= mostTimes
      ? []
      : [
          `reads during logins: a p99 of ${times.toFixed(1)} times that alone, ${mostTimes} allowed`
        ]),
    ...(Math.min(reads.idle.count, reads.storm.count) >= leastReads
      ? []
      : [`reads during logins: fewer than ${leastReads} reads, too few for a p99`]),
    ...(reads.loginsPerSecond > 0 ? [] : ["reads during logins: no login succeeded"])
  ]
}

export function answersTable(questions: ReadonlyArray<Answers>): string {
  const rows = questions.flatMap(({ question, reference, rounds, comparisons }) => [
    [question, reference.kind, String(rounds), ms(reference.median), "", "", ""],
    ...comparisons.map((comparison) => {
      const { kind, median, difference } = comparison
      const { low, middle, high } = difference
      const interval = `${ms(low)} … ${ms(high)}`
      return ["", kind, "", ms(median), ms(middle), interval, verdict(comparison)]
    })
  ])
  const head = ["question", "kind", "rounds", "median ms", "difference ms", "99.9 %", "time"]
  return lines([head, ...rows])
}

export function readsTable(reads: Reads): string {
  const { idle, storm, rounds, loginsPerSecond } = reads
  const row = (name: string, { count, p50, p99, worst }: Spread): ReadonlyArray<string> => [
    name,
    ...[String(count), ms(p50), ms(p99), ms(worst)]
  ]
  const ratios = rounds.map((round) => ratioOf(round, "p99"))
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
  return [
    lines([
      ["cached reads", "count", "p50 ms", "p99 ms", "worst ms"],
      row("alone", idle),
      row("during logins", storm)
    ]),
    `p99 during ${loginsPerSecond.toFixed(1)} logins a second: ${ratioOf(reads, "p99").toFixed(2)} times (rounds ${spread})`
  ].join("\n\n")
}

/** The first line names the columns. */
function lines([head = [], ...rows]: ReadonlyArray<ReadonlyArray<string>>): string {
  return table(
    head.map((title, i) => [title, (row: ReadonlyArray<string>) => row[i] ?? ""] as const),
    rows
  )
}
