// What the command prints.

import { addUp } from "../harness/statistics.ts"
import { type Columns, table } from "../harness/table.ts"
import type { Summary } from "./lane.ts"
import { faultKinds, type PortName, portNames } from "./plan.ts"
import type { RunResult } from "./simulate.ts"

const lastLines = 80

/** The seed, the invariant, and how it came to that. */
export const describeFailure = (
  { seed, violation, trace }: RunResult,
  options: { readonly whole: boolean }
): string => {
  const lines = options.whole ? trace : trace.slice(-lastLines)
  const left = trace.length - lines.length
  return [
    "",
    `seed ${seed} violates: ${violation?.invariant}`,
    `  ${violation?.detail}`,
    `  again: npm run simulate -- --seed ${seed} --seeds 1 --trace`,
    "",
    ...(left > 0 ? [`  … ${left} lines before`] : []),
    ...lines.map((line) => `  ${line}`),
    ""
  ].join("\n")
}

export interface Totals {
  readonly runs: number
  readonly violations: ReadonlyArray<{ readonly seed: number; readonly invariant: string }>
  readonly counts: Readonly<Record<string, number>>
  readonly worstRecovery: { readonly seed: number; readonly seconds: number }
}

export const total = (summaries: ReadonlyArray<Summary>): Totals => {
  let worstRecovery = { seed: 0, seconds: 0 }
  for (const summary of summaries) {
    if (summary.recoverySeconds > worstRecovery.seconds)
      worstRecovery = { seed: summary.seed, seconds: summary.recoverySeconds }
  }
  const violations = summaries.flatMap(({ seed, violation }) =>
    violation === undefined ? [] : [{ seed, invariant: violation.invariant }]
  )
  const counts = addUp(summaries.map((summary) => summary.counts))
  return { runs: summaries.length, violations, counts, worstRecovery }
}

type Figure = readonly [what: string, figure: number]

const figureColumns: Columns<Figure> = [
  ["over all runs", ([what]) => what],
  ["", ([, figure]) => String(figure)]
]

const faultColumns = (counts: Totals["counts"]): Columns<PortName> => [
  ["faults of", (port) => port],
  ...[...faultKinds, "refused", "hangs"].map(
    (kind) => [kind, (port: PortName) => String(counts[`fault ${port} ${kind}`] ?? 0)] as const
  )
]

export const describeTotals = (
  { runs, violations, counts, worstRecovery }: Totals,
  seconds: number
): string => {
  const of = (what: string) => counts[what] ?? 0
  const faults = Object.entries(counts).reduce(
    (sum, [what, count]) => (what.startsWith("fault ") ? sum + count : sum),
    0
  )
  const figures: ReadonlyArray<Figure> = [
    ["runs", runs],
    ["runs that violate an invariant", violations.length],
    ["orders stored", of("orders stored")],
    ["answers 201", of("answers 201")],
    ["orders cancelled", of("cancel orders")],
    ["orders fulfilled", of("fulfil orders")],
    ["orders failed", of("fail orders")],
    ["reads checked", of("reads")],
    ["mails", of("mails")],
    ["  of them about such a change", of("notices")],
    ["second mails", of("second mails")],
    ["mails whose record was disturbed", of("disturbed mails")],
    ["orders taken by the watchdog", of("taken by the watchdog")],
    ["mails that an operator asked for again", of("mails asked for again")],
    ["codes sent", of("codes sent")],
    ["calls that a fault was injected into", faults],
    ["processes killed at a call", of("crashes at a call")],
    ["processes killed at a moment", of("incident Kill")],
    ["processes stopped (SIGTERM)", of("incident Stop")],
    ["processes paused", of("incident Pause")],
    ["clock jumps", of("incident Jump")],
    ["queue purges", of("incident Purge")],
    ["poison and stray messages", of("incident Poison") + of("incident Stray")],
    ["worst recovery, virtual seconds", worstRecovery.seconds],
    ["  in seed", worstRecovery.seed],
    ["seeds per minute", Math.round((runs / seconds) * 60)]
  ]
  return `\n${table(figureColumns, figures)}\n\n${table(faultColumns(counts), portNames)}\n`
}
