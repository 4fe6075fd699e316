// Reading one order: from the cache, and from the database.
import type { Contestant } from "../contestant.ts"
import { dataSet, noOrders, type Orders, orderIdOf } from "../data.ts"
import type { Shot } from "../load/plan.ts"
import { openHouse } from "../stage.ts"
import { tokenOf } from "../tokens.ts"
import type { Workload } from "../workload.ts"
import { measureHttp } from "./http.ts"

export const readOf = (i: number): Shot => ({
  path: `/api/orders/${orderIdOf(i)}`,
  token: tokenOf(i)
})

const readsOf = (from: number, count: number): ReadonlyArray<Shot> =>
  Array.from({ length: count }, (_, i) => readOf(from + i))

/** Few enough that all of them are in the cache after a second. */
export const cachedOrders = 1000

export const cachedRead = (contestants: ReadonlyArray<Contestant>): Workload => ({
  ...{ name: "cached-read", title: "Cached read", unit: "requests/s", better: "higher" },
  contestants,
  open: (services, contestant) =>
    openHouse(services, contestant, dataSet({ ...noOrders, count: cachedOrders })),
  measure: async (stage, pace) => {
    const shots = readsOf(0, cachedOrders)
    return measureHttp(stage, pace, [await stage.startApi()], {
      method: "GET",
      warmUp: shots,
      shots
    })
  }
})

/** More than any contestant reads in the time, since each is read once. */
const uncachedPerSecond = 12_000
const warmUpOrders = 2000

export const uncachedRead = (
  contestants: ReadonlyArray<Contestant>,
  orders: Orders = { ...noOrders, count: 100_000 }
): Workload => ({
  ...{ name: "uncached-read", title: "Uncached read", unit: "requests/s", better: "higher" },
  contestants,
  open: (services, contestant) => openHouse(services, contestant, dataSet(orders)),
  measure: async (stage, pace) => {
    const wanted = Math.ceil(pace.seconds * uncachedPerSecond)
    const shots = readsOf(warmUpOrders, Math.min(wanted, orders.count - warmUpOrders))
    return measureHttp(stage, pace, [await stage.startApi()], {
      ...{ method: "GET", warmUp: readsOf(0, warmUpOrders), shots, once: true },
      between: () => stage.redis.flushall()
    })
  }
})
