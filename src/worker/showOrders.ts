// Writes orders to the cache from within a batch, which goes on whatever becomes of that.
import { Effect } from "effect"
import type { Order } from "../services/orders/model/Order.ts"
import { cacheOrders } from "../services/orders/steps/cacheOrders.ts"

export const showOrders = (orders: ReadonlyArray<Order>) =>
  cacheOrders(orders).pipe(
    Effect.catchDefect((defect) => Effect.logError("caching orders died", defect))
  )
