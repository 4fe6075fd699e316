// When a worker checks an unsettled order again. Every interval is bounded, so no order is forgotten.
import { addSeconds } from "../../time.ts"
import type { Work } from "./Order.ts"

const firstSeconds = 60
const maxSeconds = 3600

/** The check after the `resends`-th: 1 minute after placing, then 2, 4, 8 …, at most 60. */
const dueAfter = (at: Date, resends: number): Date =>
  addSeconds(at, Math.min(firstSeconds * 2 ** resends, maxSeconds))

/** The first check of the watchdog after placing: longer than a message needs without a failure. */
export const firstDueAt = (placedAt: Date): Date => dueAfter(placedAt, 0)

/** After every time at which an order is due. */
export const endOfTime = new Date(8.64e15)

/** The number of unsettled orders, due first, among which the oldest is searched. */
export const comparedByAge = 1000

export const isOverdue = (work: Work, at: Date): boolean => work.dueAt <= at

/** The work of an overdue order after a watchdog has taken it. */
export const afterTaking = (work: Work, at: Date): Work => {
  const resends = work.resends + 1
  return { ...work, resends, dueAt: dueAfter(at, resends) }
}

/**
 * How long the worker that confirmed an order has its mail to itself: it knows of it without a query, and others
 * find it only if that worker has not claimed it by then.
 */
export const handOverSeconds = 5

/** How much the clocks of two workers may differ: added to a lease by the worker that takes the mail over. */
export const clockMarginSeconds = 10

const firstUnknownSeconds = 300
const maxUnknownSeconds = 86_400

/**
 * After a send whose outcome is unknown, since another one may be a second mail: 5 minutes, doubling to a day.
 * Mails that were never tried are due before it.
 */
export const afterUnknownSend = (work: Work, at: Date): Work => {
  const unknownSends = (work.unknownSends ?? 0) + 1
  const seconds = Math.min(firstUnknownSeconds * 2 ** (unknownSends - 1), maxUnknownSeconds)
  return { ...work, unknownSends, dueAt: addSeconds(at, seconds) }
}

const failuresToFlag = 7

/** At the seventh failure of its mail an order is flagged for an operator. */
export const needsFlag = ({ failures = 0 }: Work): boolean => failures >= failuresToFlag

const failureSeconds = 300

/** After an attempt that died of a defect: 5 minutes, from the seventh on an hour. */
export const afterFailure = (work: Work, at: Date): Work => {
  const next = { ...work, failures: (work.failures ?? 0) + 1 }
  return { ...next, dueAt: addSeconds(at, needsFlag(next) ? maxSeconds : failureSeconds) }
}
