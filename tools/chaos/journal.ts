// What the clients saw: every request with its duration and outcome, what they were promised, and what
// they read. Nothing in here knows what the system did.
import { tally } from "../harness/statistics.ts"

/** `place` alone is counted for outages: the others depend on it. */
export type RequestKind = "place" | "cancel" | "decide" | "read"

export interface Exchange {
  readonly kind: RequestKind
  /** Milliseconds since 1970, at its end. */
  readonly at: number
  readonly ms: number
  /** A status, or the code of the error where there was no answer. */
  readonly outcome: number | string
}

export interface StaleRead {
  readonly orderId: string
  readonly version: number
  readonly seenBefore: number
  readonly at: string
}

export interface Journal {
  readonly exchanges: Array<Exchange>
  /** Ids of orders whose 201 a client saw. */
  readonly accepted: Set<string>
  /** Ids of orders whose cancellation a client saw. */
  readonly cancelled: Set<string>
  /** Refused for lack of stock. */
  refused: number
  /** Reads of a state older than one that the same reader had seen. */
  readonly staleReads: Array<StaleRead>
  /** Connections that a process reset or broke off after it was asked to stop. */
  drainResets: number
  /** What must not happen and has no column. */
  readonly problems: Array<string>
}

export const makeJournal = (): Journal => ({
  exchanges: [],
  accepted: new Set(),
  cancelled: new Set(),
  refused: 0,
  staleReads: [],
  drainResets: 0,
  problems: []
})

/** Whether the system failed a request: it gave no answer, or an error of its own. */
const isFailure = ({ outcome }: Exchange): boolean => typeof outcome === "string" || outcome >= 500

/** The longest time, in seconds, from a failed order to the next one that was placed. */
export function worstOutageSeconds({ exchanges }: Journal): number {
  let worst = 0
  let since: number | undefined
  const placed = exchanges.filter(({ kind }) => kind === "place")
  for (const exchange of placed.toSorted((a, b) => a.at - b.at)) {
    if (isFailure(exchange)) {
      since ??= exchange.at
      continue
    }
    if (since !== undefined) worst = Math.max(worst, exchange.at - since)
    since = undefined
  }
  return worst / 1000
}

export const worstRequestSeconds = ({ exchanges }: Journal): number =>
  exchanges.reduce((worst, { ms }) => Math.max(worst, ms), 0) / 1000

/** How often each outcome was seen, by kind: "place 201". */
export const outcomes = ({ exchanges }: Journal): Readonly<Record<string, number>> =>
  tally(exchanges.map(({ kind, outcome }) => `${kind} ${outcome}`))
