// When the watchdog looks at an unsettled order: soon at first, then at growing intervals without end,
// so that no order is forgotten and a long backlog is not multiplied.
import { addSeconds } from "../../time.ts"
import type { Work } from "./Order.ts"

const firstSeconds = 60
const maxSeconds = 3600

/** The look after the `resends`-th re-send: 1 minute after placing, then 2, 4, 8 …, at most 60. */
const dueAfter = (at: Date, resends: number): Date =>
  addSeconds(at, Math.min(firstSeconds * 2 ** resends, maxSeconds))

/** The first look after placing: longer than a message needs where nothing failed. */
export const firstDueAt = (placedAt: Date): Date => dueAfter(placedAt, 0)

export const isOverdue = (work: Work, at: Date): boolean => work.dueAt <= at

/** What a watchdog leaves behind that takes an overdue order to send it again. */
export const afterResend = (work: Work, at: Date): Work => {
  const resends = work.resends + 1
  return { resends, dueAt: dueAfter(at, resends) }
}
