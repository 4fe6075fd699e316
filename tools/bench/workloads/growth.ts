// The same work with more orders stored, and with more lines an order.
import type { Contestant } from "../contestant.ts"
import { dataSet, noOrders, users } from "../data.ts"
import { openHouse } from "../stage.ts"
import { tokenOf } from "../tokens.ts"
import type { Workload } from "../workload.ts"
import { measureHttp } from "./http.ts"
import { allQueued, manySkuOrders, ordersOverMany } from "./orders.ts"

export const storedCounts = [100, 10_000, 1_000_000] as const
export const lineCounts = [1, 4, 16] as const

const figure = new Intl.NumberFormat("en")

/** Placing orders among so many that are stored. */
export const placeAmong = (system: Contestant, stored: number): Workload => ({
  name: `place-among-${stored}`,
  title: `Order among ${figure.format(stored)} stored`,
  ...{ unit: "orders/s", better: "higher", contestants: [system] },
  open: (services, contestant) =>
    openHouse(services, contestant, dataSet({ ...noOrders, count: stored })),
  measure: async (stage, pace) => {
    const shots = ordersOverMany(1)
    return measureHttp(stage, pace, [await stage.startApi()], {
      ...{ method: "POST", warmUp: shots, shots },
      settled: allQueued(stage)
    })
  }
})

/** A user's newest order: pages are no longer for more orders. */
export const listAmong = (system: Contestant, stored: number): Workload => ({
  name: `list-among-${stored}`,
  title: `Newest order of a user among ${figure.format(stored)} stored`,
  ...{ unit: "requests/s", better: "higher", contestants: [system] },
  open: (services, contestant) =>
    openHouse(services, contestant, dataSet({ ...noOrders, count: stored })),
  measure: async (stage, pace) => {
    const shots = users.map((_, i) => ({ path: "/api/orders?limit=1", token: tokenOf(i) }))
    return measureHttp(stage, pace, [await stage.startApi()], {
      method: "GET",
      warmUp: shots,
      shots
    })
  }
})

/** Orders of so many lines, each of another product. */
export const placeLines = (contestants: ReadonlyArray<Contestant>, lines: number): Workload => ({
  ...manySkuOrders(contestants, { lines }),
  name: `lines-${lines}`,
  title: `Order of ${lines} ${lines === 1 ? "line" : "lines"}`
})
