// Use case of operators: how many orders were placed in each of the last minutes.
import { Effect } from "effect"
import { OrderSearch } from "../orders/ports/OrderSearch.ts"
import { addSeconds, now } from "../time.ts"

/** Orders of one minute are counted up to this number. */
export const maxMinuteCount = 10_000

export interface MinuteCount {
  /** When the minute began. */
  readonly at: Date
  readonly orders: number
}

/** The counts of past minutes, which do not change. Bounded by the requested minutes. */
export type KnownMinutes = Map<number, number>

const minuteMillis = 60_000

/**
 * The last `minutes` minutes, oldest first; the last of them has just begun. A minute that is over is counted once, and
 * kept in `known`. An id's time is that of the process that made it: orders of a clock that is behind may be missed.
 */
export const ordersPerMinute = Effect.fn("ordersPerMinute")(function* (
  minutes: number,
  known: KnownMinutes
) {
  const search = yield* OrderSearch
  const at = yield* now
  const current = Math.floor(at.getTime() / minuteMillis)
  const first = current - minutes + 1
  const wanted = Array.from({ length: minutes }, (_, i) => first + i)
  // Orders of the minute before may still be on their way into the database.
  const isOver = (minute: number): boolean => minute < current - 1
  const counts = yield* Effect.forEach(
    wanted,
    (minute) => {
      const before = known.get(minute)
      if (before !== undefined) return Effect.succeed(before)
      const from = new Date(minute * minuteMillis)
      return search.countPlaced(from, addSeconds(from, 60), maxMinuteCount)
    },
    { concurrency: 8 }
  )
  for (const minute of known.keys()) if (minute < first) known.delete(minute)
  return wanted.map((minute, i): MinuteCount => {
    const orders = counts[i] ?? 0
    if (isOver(minute)) known.set(minute, orders)
    return { at: new Date(minute * minuteMillis), orders }
  })
})
