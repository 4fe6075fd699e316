// Use case: read an order. Support or an administrator who reads another user's is recorded.
import { Effect, Option } from "effect"
import type { OrderId, OrderNumber, UserId } from "../ids.ts"
import { countCacheRead } from "../metrics.ts"
import type { Principal } from "../Principal.ts"
import { OrderNotFound } from "./model/errors.ts"
import { OrderStore } from "./ports/OrderStore.ts"
import { readingOf, readOrder } from "./steps/readOrder.ts"
import { recordRead } from "./steps/recordRead.ts"
import { requireOwnerOrStaff } from "./steps/requireOwnerOrStaff.ts"

const admit = (principal: Principal, order: { readonly id: OrderId; readonly userId: UserId }) =>
  Effect.andThen(requireOwnerOrStaff(principal, order), recordRead(principal, order))

export const getOrder = (principal: Principal, id: OrderId) =>
  readOrder(id, (order) => admit(principal, order))

/**
 * The same for the order with this number, by one read of the store: the cache knows ids alone. What it fails with names
 * the number: who may not see the order does not learn its id either.
 */
export const getOrderByNumber = Effect.fnUntraced(function* (
  principal: Principal,
  number: OrderNumber
) {
  const found = yield* OrderStore.use((store) => store.findByNumber(number))
  if (Option.isNone(found)) return yield* new OrderNotFound({ id: number })
  yield* countCacheRead.miss
  yield* Effect.catchTag(
    admit(principal, found.value),
    "OrderNotFound",
    () => new OrderNotFound({ id: number })
  )
  return readingOf(found.value, "miss")
})
