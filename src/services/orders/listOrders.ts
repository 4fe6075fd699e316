// Use case: a user's own orders, newest first.
import { Effect } from "effect"
import { toPage } from "../page.ts"
import { type OrderQuery, OrderStore } from "./ports/OrderStore.ts"

export const listOrders = Effect.fn("listOrders")(function* (query: OrderQuery) {
  const read = yield* OrderStore.use((store) => store.list({ ...query, limit: query.limit + 1 }))
  return toPage(read, query.limit, ({ id }) => id)
})
