// What the command prints.
import type { Summary } from "./lane.ts"
import { faultKinds, portNames } from "./plan.ts"
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
  const counts: Record<string, number> = {}
  let worstRecovery = { seed: 0, seconds: 0 }
  for (const summary of summaries) {
    for (const [what, count] of Object.entries(summary.counts))
      counts[what] = (counts[what] ?? 0) + count
    if (summary.recoverySeconds > worstRecovery.seconds)
      worstRecovery = { seed: summary.seed, seconds: summary.recoverySeconds }
  }
  const violations = summaries.flatMap(({ seed, violation }) =>
    violation === undefined ? [] : [{ seed, invariant: violation.invariant }]
  )
  return { runs: summaries.length, violations, counts, worstRecovery }
}

const columns = [...faultKinds, "refused", "hangs"] as const

const row = (name: string, value: number | string): string =>
  `${name.padEnd(44)} ${String(value).padStart(10)}`

const table = (rows: ReadonlyArray<ReadonlyArray<string | number>>): ReadonlyArray<string> =>
  rows.map(([first, ...cells]) =>
    [String(first).padEnd(10), ...cells.map((cell) => String(cell).padStart(13))].join("")
  )

export const describeTotals = (
  { runs, violations, counts, worstRecovery }: Totals,
  seconds: number
): string => {
  const of = (what: string) => counts[what] ?? 0
  const faults = Object.entries(counts).reduce(
    (sum, [what, count]) => (what.startsWith("fault ") ? sum + count : sum),
    0
  )
  return [
    "",
    row("runs", runs),
    row("runs that violate an invariant", violations.length),
    row("orders stored", of("orders stored")),
    row("answers 201", of("answers 201")),
    row("orders cancelled", of("cancelled")),
    row("reads checked", of("reads")),
    row("mails", of("mails")),
    row("second mails", of("second mails")),
    row("mails whose record was disturbed", of("disturbed mails")),
    row("orders sent again by the watchdog", of("re-sent")),
    row("messages left to the watchdog", of("handed over")),
    row("calls that a fault was injected into", faults),
    row("processes killed at a call", of("crashes at a call")),
    row("processes killed at a moment", of("incident Kill")),
    row("processes stopped (SIGTERM)", of("incident Stop")),
    row("processes paused", of("incident Pause")),
    row("clock jumps", of("incident Jump")),
    row("queue purges", of("incident Purge")),
    row("poison and stray messages", of("incident Poison") + of("incident Stray")),
    row("worst recovery, virtual seconds", worstRecovery.seconds),
    row("  in seed", worstRecovery.seed),
    row("seeds per minute", Math.round((runs / seconds) * 60)),
    "",
    "faults by port and kind:",
    ...table([
      ["", ...columns],
      ...portNames.map((port) => [port, ...columns.map((kind) => of(`fault ${port} ${kind}`))])
    ]),
    ""
  ].join("\n")
}
