// Use case: cancel an order; its stock is back when this succeeds.
import { Effect, Option } from "effect"
import type { Principal } from "../accounts/TokenSigner.ts"
import { audited } from "../audit/audit.ts"
import { now } from "../time.ts"
import { checkAccess } from "./access.ts"
import { cacheOrders } from "./cacheOrders.ts"
import { changeEntry } from "./changeEntry.ts"
import { OrderNotCancellable, OrderNotFound } from "./errors.ts"
import { OrderStore } from "./OrderStore.ts"

export const cancelOrder = Effect.fn("cancelOrder")(function* (principal: Principal, id: string) {
  const store = yield* OrderStore
  const found = yield* store.find(id)
  if (Option.isNone(found)) return yield* new OrderNotFound({ id })
  yield* checkAccess(principal, found.value)
  const { userId } = found.value
  const at = yield* now
  const outcome = yield* audited(store.change(id, "cancel", at), (changed) =>
    principal.userId === userId ? undefined : changeEntry("order_cancelled", changed)
  )
  if (Option.isNone(outcome)) return yield* new OrderNotFound({ id })
  const { order, moved } = outcome.value
  if (!moved) return yield* new OrderNotCancellable({ id, status: order.status })
  yield* cacheOrders([order])
  return order
})
