// The result of one scenario, the promises it is held against, and the columns of their table.
import type { Columns } from "../harness/table.ts"

export interface Row {
  readonly scenario: string
  /** Orders whose 201 a client saw. */
  readonly accepted: number
  /** Orders refused for lack of stock. */
  readonly refused: number
  /** Accepted and not in the database; or cancelled, says the answer, and not so in the database. */
  readonly lost: number
  /** Not settled within the bound. */
  readonly stuck: number
  /** Products below 0, or sold more often than they were in stock. */
  readonly oversold: number
  /** Products whose books do not agree, says `cli stock audit`. */
  readonly stockOff: number
  /** Orders that are confirmed and mailable, and of which there is no mail. */
  readonly mailsMissing: number
  readonly mailsTwice: number
  /** See mails.ts. */
  readonly mailsTwiceAllowed: number
  /** From healing until the last order that was placed before is settled. */
  readonly recoverySeconds: number
  /** The longest time from a failed order to the next one that could be placed. */
  readonly outageSeconds: number
  readonly worstRequestSeconds: number
  /** How often a process that was up did not answer /healthz. */
  readonly healthzFailures: number
  /**
   * Reads of an older state than the reader had seen, though no write to the cache was given up on;
   * null where Redis was touched.
   */
  readonly staleReads: number | null
  /** Connections broken by a process that was asked to stop. */
  readonly drainResets: number
  /** What else must not happen, in words. */
  readonly problems: ReadonlyArray<string>
}

const maxRequestSeconds = 10

/** The promises that a row breaks, in words; none if the row is good. */
export function broken(row: Row): ReadonlyArray<string> {
  const zero = [
    "lost",
    "stuck",
    "oversold",
    "stockOff",
    "mailsMissing",
    "healthzFailures",
    "drainResets"
  ] as const
  return [
    ...zero.filter((name) => row[name] !== 0).map((name) => `${name} is ${row[name]}`),
    ...(row.staleReads !== null && row.staleReads > 0 ? [`staleReads is ${row.staleReads}`] : []),
    ...(row.mailsTwice > row.mailsTwiceAllowed
      ? [`${row.mailsTwice} mails twice, ${row.mailsTwiceAllowed} allowed`]
      : []),
    ...(row.worstRequestSeconds > maxRequestSeconds
      ? [`a request took ${row.worstRequestSeconds.toFixed(1)} s`]
      : []),
    ...(row.accepted === 0 ? ["no order was accepted: nothing was shown"] : []),
    ...row.problems
  ]
}

const seconds = (value: number): string => value.toFixed(1)

export const columns: Columns<Row> = [
  ["scenario", (row) => row.scenario],
  ["accepted", (row) => String(row.accepted)],
  ["refused", (row) => String(row.refused)],
  ["lost", (row) => String(row.lost)],
  ["stuck", (row) => String(row.stuck)],
  ["oversold", (row) => String(row.oversold)],
  ["stock off", (row) => String(row.stockOff)],
  ["mails missing", (row) => String(row.mailsMissing)],
  ["mails twice (allowed)", (row) => `${row.mailsTwice} (${row.mailsTwiceAllowed})`],
  ["recovery s", (row) => seconds(row.recoverySeconds)],
  ["outage s", (row) => seconds(row.outageSeconds)],
  ["worst request s", (row) => seconds(row.worstRequestSeconds)],
  ["healthz failures", (row) => String(row.healthzFailures)],
  ["stale reads", (row) => (row.staleReads === null ? "-" : String(row.staleReads))],
  ["drain resets", (row) => String(row.drainResets)],
  ["kept", (row) => (broken(row).length === 0 ? "yes" : "NO")]
]
