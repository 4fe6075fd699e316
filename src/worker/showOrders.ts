// Writes orders to the cache from within a batch, which goes on whatever becomes of that.
import { Effect } from "effect"
import { cacheOrders } from "../services/orders/cacheOrders.ts"
import type { Order } from "../services/orders/Order.ts"

export const showOrders = (orders: ReadonlyArray<Order>) =>
  cacheOrders(orders).pipe(
    Effect.catchDefect((defect) => Effect.logError("caching orders died", defect))
  )
