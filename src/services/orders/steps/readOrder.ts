// Reads an order from the cache; on a miss from the store, and then caches it.
import { Effect, Option } from "effect"
import type { OrderId, UserId } from "../../ids.ts"
import { countCacheRead } from "../../metrics.ts"
import { OrderNotFound } from "../model/errors.ts"
import { encodeOrder, type Order } from "../model/Order.ts"
import { OrderCache } from "../ports/OrderCache.ts"
import { OrderStore } from "../ports/OrderStore.ts"
import { cacheOrders } from "./cacheOrders.ts"

export interface OrderReading {
  readonly id: OrderId
  /** The order as JSON for the response. */
  readonly json: string
  readonly version: number
  readonly cache: "hit" | "miss" | "bypass"
}

/** An order of the store, as JSON for the response. */
export const readingOf = (order: Order, cache: "miss" | "bypass"): OrderReading => ({
  id: order.id,
  json: encodeOrder(order),
  version: order.version,
  cache
})

/** `admit` fails if the caller may not see the order. No span: the request's span covers it. */
export const readOrder = Effect.fnUntraced(function* <E, R>(
  id: OrderId,
  admit: (order: { readonly id: OrderId; readonly userId: UserId }) => Effect.Effect<void, E, R>
) {
  const cached = yield* OrderCache.use((cache) => cache.get(id)).pipe(
    Effect.map((entry) => ({ entry, cache: "miss" as const })),
    Effect.catchTag("OrderCacheError", () =>
      Effect.succeed({ entry: Option.none(), cache: "bypass" as const })
    )
  )
  if (Option.isSome(cached.entry)) {
    yield* countCacheRead.hit
    const { userId, version, json } = cached.entry.value
    yield* admit({ id, userId })
    return { id, json, version, cache: "hit" } satisfies OrderReading
  }
  yield* countCacheRead[cached.cache]
  const found = yield* OrderStore.use((store) => store.find(id))
  if (Option.isNone(found)) return yield* new OrderNotFound({ id })
  const order = found.value
  if (cached.cache === "miss") yield* cacheOrders([order])
  yield* admit(order)
  return readingOf(order, cached.cache)
})
