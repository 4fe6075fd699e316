// Writes orders to the cache after a commit. A failure costs freshness only: the cache is fenced by
// version and its entries expire.
import { Effect } from "effect"
import type { Order } from "../model/Order.ts"
import { OrderCache } from "../ports/OrderCache.ts"

export const cacheOrders = Effect.fnUntraced(function* (orders: ReadonlyArray<Order>) {
  if (orders.length === 0) return
  const cache = yield* OrderCache
  yield* cache
    .put(orders)
    .pipe(
      Effect.catch((error) =>
        Effect.logWarning("orders not cached", error).pipe(
          Effect.annotateLogs({ orderIds: orders.map(({ id }) => id) })
        )
      )
    )
})
