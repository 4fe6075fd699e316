// Use case: read an order, from the cache where it has it; without a cache from the store. An administrator who
// reads somebody else's is recorded.
import { Effect, Option } from "effect"
import type { OrderId } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { OrderNotFound } from "./model/errors.ts"
import { encodeOrder } from "./model/Order.ts"
import { OrderCache } from "./ports/OrderCache.ts"
import { OrderStore } from "./ports/OrderStore.ts"
import { cacheOrders } from "./steps/cacheOrders.ts"
import { recordRead } from "./steps/recordRead.ts"
import { requireOwnerOrAdmin } from "./steps/requireOwnerOrAdmin.ts"

export interface OrderReading {
  /** The order as it goes out. */
  readonly json: string
  readonly version: number
  readonly cache: "hit" | "miss" | "bypass"
}

/** Without a span of its own: it would say what that of its request says. */
export const getOrder = Effect.fnUntraced(function* (principal: Principal, id: OrderId) {
  const cached = yield* OrderCache.use((cache) => cache.get(id)).pipe(
    Effect.map((entry) => ({ entry, cache: "miss" as const })),
    Effect.catchTag("OrderCacheError", () =>
      Effect.succeed({ entry: Option.none(), cache: "bypass" as const })
    )
  )
  if (Option.isSome(cached.entry)) {
    const { userId, version, json } = cached.entry.value
    yield* requireOwnerOrAdmin(principal, { id, userId })
    yield* recordRead(principal, { id, userId })
    return { json, version, cache: "hit" } satisfies OrderReading
  }
  const found = yield* OrderStore.use((store) => store.find(id))
  if (Option.isNone(found)) return yield* new OrderNotFound({ id })
  const order = found.value
  if (cached.cache === "miss") yield* cacheOrders([order])
  yield* requireOwnerOrAdmin(principal, order)
  yield* recordRead(principal, order)
  return {
    json: encodeOrder(order),
    version: order.version,
    cache: cached.cache
  } satisfies OrderReading
})
