// Use case: cancel an order; its stock is back when this succeeds.
import { Effect, Option } from "effect"
import type { Principal } from "../accounts/TokenSigner.ts"
import { now } from "../time.ts"
import { maySee } from "./access.ts"
import { cacheOrders } from "./cacheOrders.ts"
import { OrderNotCancellable, OrderNotFound } from "./errors.ts"
import { OrderStore } from "./OrderStore.ts"

export const cancelOrder = Effect.fn("cancelOrder")(function* (principal: Principal, id: string) {
  const store = yield* OrderStore
  const found = yield* store.find(id)
  if (Option.isNone(found) || !maySee(principal, found.value))
    return yield* new OrderNotFound({ id })
  const at = yield* now
  const outcome = yield* store.change(id, "cancel", at)
  if (Option.isNone(outcome)) return yield* new OrderNotFound({ id })
  const { order, moved } = outcome.value
  if (!moved) return yield* new OrderNotCancellable({ id, status: order.status })
  yield* cacheOrders([order])
  return order
})
