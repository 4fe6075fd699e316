// Use case: read an order. Support or an administrator who reads another user's is recorded.
import { Effect, Option } from "effect"
import type { OrderId, OrderNumber } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { OrderNotFound } from "./model/errors.ts"
import { OrderStore } from "./ports/OrderStore.ts"
import { readOrder } from "./steps/readOrder.ts"
import { recordRead } from "./steps/recordRead.ts"
import { requireOwnerOrStaff } from "./steps/requireOwnerOrStaff.ts"

export const getOrder = (principal: Principal, id: OrderId) =>
  readOrder(id, (order) =>
    Effect.andThen(requireOwnerOrStaff(principal, order), recordRead(principal, order))
  )

/**
 * The same for the order with this number. What it fails with names the number alone: who may not see the order does
 * not learn its id either.
 */
export const getOrderByNumber = Effect.fnUntraced(function* (
  principal: Principal,
  number: OrderNumber
) {
  const found = yield* OrderStore.use((store) => store.findByNumber(number))
  if (Option.isNone(found)) return yield* new OrderNotFound({ id: number })
  return yield* Effect.catchTag(
    getOrder(principal, found.value.id),
    "OrderNotFound",
    () => new OrderNotFound({ id: number })
  )
})
