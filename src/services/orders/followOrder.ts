// Use cases of an order's event stream: the progress of the order, at the start of the stream and after each change.
import { Effect } from "effect"
import type { OrderId } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { getOrder } from "./getOrder.ts"
import { progressOf } from "./model/OrderProgress.ts"
import { readOrder } from "./steps/readOrder.ts"

/** For the caller: an administrator who follows another user's order is recorded. */
export const followOrder = (principal: Principal, id: OrderId) =>
  Effect.flatMap(getOrder(principal, id), ({ json }) => progressOf(json))

/** For a caller who follows it already: an order keeps its owner. */
export const lookAgain = (id: OrderId) =>
  Effect.flatMap(
    readOrder(id, () => Effect.void),
    ({ json }) => progressOf(json)
  )
