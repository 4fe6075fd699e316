// Use case of operators: the parts of an order that change, for an open page that polls. It does not read dead letters,
// since reading hides them from others.
import { Effect, Option } from "effect"
import type { OrderId } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { OrderNotFound } from "./model/errors.ts"
import { OrderSearch } from "./ports/OrderSearch.ts"
import { recordRead } from "./steps/recordRead.ts"

export const watchOrder = Effect.fn("watchOrder")(function* (principal: Principal, id: OrderId) {
  const found = yield* OrderSearch.use((search) => search.find(id))
  if (Option.isNone(found)) return yield* new OrderNotFound({ id })
  yield* recordRead(principal, found.value.order)
  return found.value
})
