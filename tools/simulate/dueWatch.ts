// Once nothing goes wrong any more, every mail that is due goes out as fast as the rate allows.
import { Option } from "effect"
import { isMailed } from "../../src/services/orders/model/OrderStatus.ts"
import type { Plan } from "./plan.ts"
import type { System } from "./system.ts"

/** The longest pause between two probes, and what the rate takes to recover from throttles. */
const recoverMillis = 120_000
/** Two looks for due mails, a send, its record, and a step of this watch. */
const sendMillis = 30_000

/** To be asked at each step, from then on. */
export const makeDueWatch = ({ mailsPerSecond }: Plan, system: System, now: () => number) => {
  const { ledger, database, slots, hostTime } = system
  /** Since when each mail has been due, with all processes up. */
  const dueSince = new Map<string, number>()

  const isDue = (dueAt: Date): boolean => dueAt.getTime() <= hostTime()

  return (): void => {
    const due = Array.from(database.orders.values()).filter(
      ({ order, work }) =>
        isMailed(order.status) && Option.exists(work, ({ dueAt }) => isDue(dueAt))
    )
    const ids = new Set<string>(due.map(({ order }) => order.id))
    const up = slots.every(({ process }) => process !== undefined && process.pausedUntil <= now())
    for (const id of dueSince.keys()) if (!up || !ids.has(id)) dueSince.delete(id)
    if (!up) return
    // Twice the time: codes take their part of the rate.
    const allowed = recoverMillis + sendMillis + (2 * due.length * 1000) / mailsPerSecond
    for (const { order } of due) {
      const since = dueSince.get(order.id) ?? now()
      dueSince.set(order.id, since)
      if (now() - since > allowed)
        ledger.violate(
          "due mails go out at the rate once they can",
          `${ledger.name(order.id)} has waited for ${now() - since} ms`
        )
    }
  }
}
