// When a worker checks an unsettled order again. Every interval is bounded, so no order is forgotten.
import { addSeconds } from "../../time.ts"
import type { Work } from "./Order.ts"

const firstSeconds = 60
const maxSeconds = 3600

/** The look after the `resends`-th: 1 minute after placing, then 2, 4, 8 …, at most 60. */
const dueAfter = (at: Date, resends: number): Date =>
  addSeconds(at, Math.min(firstSeconds * 2 ** resends, maxSeconds))

/** The first look of the watchdog after placing: longer than a message needs where nothing failed. */
export const firstDueAt = (placedAt: Date): Date => dueAfter(placedAt, 0)

/** After every time at which an order is due. */
export const endOfTime = new Date(8.64e15)

/** Of how many unsettled orders, those due first, the oldest is looked for. */
export const comparedByAge = 1000

export const isOverdue = (work: Work, at: Date): boolean => work.dueAt <= at

/** What a watchdog leaves behind that takes an overdue order. */
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

/** At its seventh failure a mail is an operator's to look at. */
export const needsFlag = ({ failures = 0 }: Work): boolean => failures >= failuresToFlag

const failureSeconds = 300

/** After an attempt that died of a defect: 5 minutes, from the seventh on an hour. */
export const afterFailure = (work: Work, at: Date): Work => {
  const next = { ...work, failures: (work.failures ?? 0) + 1 }
  return { ...next, dueAt: addSeconds(at, needsFlag(next) ? maxSeconds : failureSeconds) }
}
