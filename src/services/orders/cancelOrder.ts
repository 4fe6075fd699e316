// Use case: cancel an order; its stock is returned when this succeeds. Its owner gets a mail, also after cancelling it
// themselves: the mail is a record, and reveals a cancel by another person with their login.
import { Effect, Option } from "effect"
import { audited } from "../audit/audit.ts"
import type { OrderId } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { now } from "../time.ts"
import { OrderNotCancellable, OrderNotFound } from "./model/errors.ts"
import { OrderStore } from "./ports/OrderStore.ts"
import { cacheOrders } from "./steps/cacheOrders.ts"
import { changeEntry } from "./steps/changeEntry.ts"
import { requireOwnerOrStaff } from "./steps/requireOwnerOrStaff.ts"

/** `reason`: kept in the timeline, which its owner, support and administrators see. */
export const cancelOrder = Effect.fn("cancelOrder")(function* (
  principal: Principal,
  id: OrderId,
  reason?: string
) {
  const store = yield* OrderStore
  const found = yield* store.find(id)
  if (Option.isNone(found)) return yield* new OrderNotFound({ id })
  yield* requireOwnerOrStaff(principal, found.value)
  const { userId } = found.value
  const at = yield* now
  const outcome = yield* audited(store.change(id, "cancel", at, reason), (changed) =>
    principal.userId === userId ? Option.none() : changeEntry("order_cancelled", changed, reason)
  )
  if (Option.isNone(outcome)) return yield* new OrderNotFound({ id })
  const { order, moved } = outcome.value
  if (!moved) return yield* new OrderNotCancellable({ id, status: order.status })
  yield* cacheOrders([order])
  return order
})
