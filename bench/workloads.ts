// All workloads, each with whom it is measured beside.
import { system } from "./system/system.ts"
import type { Workload } from "./workload.ts"
import { hotSkuOrders, manySkuOrders } from "./workloads/orders.ts"
import { cachedRead, uncachedRead } from "./workloads/reads.ts"
import { workerDrain } from "./workloads/worker.ts"

export const full: ReadonlyArray<Workload> = [
  cachedRead([system]),
  uncachedRead([system]),
  manySkuOrders([system]),
  hotSkuOrders([system]),
  hotSkuOrders([system], 2),
  workerDrain([system])
]

export const quick: ReadonlyArray<Workload> = [
  cachedRead([system]),
  manySkuOrders([system]),
  hotSkuOrders([system]),
  workerDrain([system])
]
