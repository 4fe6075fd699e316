// Writes orders to the cache from within a step, which continues if that fails.
import { Effect } from "effect"
import type { Order } from "../services/orders/model/Order.ts"
import { cacheOrders } from "../services/orders/steps/cacheOrders.ts"

export const showOrders = (orders: ReadonlyArray<Order>) =>
  Effect.catchDefect(cacheOrders(orders), (defect) =>
    Effect.logError("caching orders died", defect)
  )
