// Confirms orders: one conditional write makes pending ones confirmed and their mails due. The mail loop of this
// process gets the mails without a query.
import { Array as Arr, Effect, Metric } from "effect"
import type { OrderId } from "../services/ids.ts"
import { ordersConfirmed } from "../services/metrics.ts"
import type { Order } from "../services/orders/model/Order.ts"
import { OrderStore, type Unreadable } from "../services/orders/ports/OrderStore.ts"
import { isolate } from "../services/runtime/isolate.ts"
import { now } from "../services/time.ts"
import type { DueMails } from "./DueMails.ts"

export interface Confirmation {
  /** None of these is pending, on a majority. To be written to the cache. */
  readonly orders: ReadonlyArray<Order>
  /** These could not be confirmed or decoded. An order in neither list does not exist. */
  readonly failed: ReadonlyArray<Unreadable>
}

/** One order that makes the write die, or cannot be decoded, does not stop the confirmation of the others. */
export const confirm = Effect.fnUntraced(function* (
  orderIds: ReadonlyArray<OrderId>,
  dueMails: DueMails
) {
  const store = yield* OrderStore
  const at = yield* now
  const [parts, poisoned] = Arr.separate(
    yield* isolate(orderIds, (part) => store.confirm(part, at))
  )
  const orders = parts.flatMap((part) => part.orders)
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  yield* Metric.update(ordersConfirmed, count)
  // One line for a batch, as for mails. Some of these orders may have been confirmed before.
  if (count > 0)
    yield* Effect.logInfo("orders confirmed", { count, orderIds: orders.map(({ id }) => id) })
  dueMails.handOver(
    orders.flatMap(({ id, status, confirmation }) =>
      status === "confirmed" && confirmation.state === "waiting" ? [id] : []
    )
  )
  const failed = [
    ...parts.flatMap(({ unreadable }) => unreadable),
    ...poisoned.map(({ item, defect }) => ({ orderId: item, defect }))
  ]
  return { orders, failed } satisfies Confirmation
})
