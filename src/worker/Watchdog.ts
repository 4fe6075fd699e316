// The watchdog: confirms pending orders that are overdue because their message was lost or could not be sent. Every
// worker has one, and there is no leader: only one of them gets an order (see `takeOverdue`). It needs no queue, never
// gives up on an order, and survives any failure.
import { Effect, Metric } from "effect"
import type { OrderId } from "../services/ids.ts"
import { ordersOverdue } from "../services/metrics.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { now } from "../services/time.ts"
import { confirm } from "./confirm.ts"
import type { DueMails } from "./DueMails.ts"
import { reasonOf } from "./refuse.ts"
import { shortRetry, watchdogPause } from "./schedules.ts"
import { showOrders } from "./showOrders.ts"

/** Orders taken together: an order that is taken and not confirmed waits for its next interval. */
const watchdogBatch = 100

/** In a trace of its own: the orders' own traces go on at their mails. */
const confirmTaken = Effect.fn("watchdog", { root: true })(function* (
  orderIds: ReadonlyArray<OrderId>,
  dueMails: DueMails
) {
  const store = yield* OrderStore
  yield* Metric.update(ordersOverdue, orderIds.length)
  const { orders, failed } = yield* Effect.retry(confirm(orderIds, dueMails), shortRetry)
  yield* showOrders(orders)
  yield* Effect.logInfo("overdue orders confirmed without their messages", {
    count: orderIds.length
  })
  for (const { orderId, defect } of failed) {
    const reason = reasonOf("the order cannot be confirmed", defect)
    yield* Effect.logError("an overdue order could not be confirmed", { reason }).pipe(
      Effect.annotateLogs({ orderId })
    )
    yield* store.flagAttention([orderId], reason, yield* now)
  }
})

/** Takes some and confirms them, without interruption. Returns how many it took. */
const step = Effect.fnUntraced(function* (dueMails: DueMails) {
  const store = yield* OrderStore
  const orderIds = yield* store.takeOverdue(yield* now, watchdogBatch)
  if (orderIds.length > 0) yield* confirmTaken(orderIds, dueMails)
  return orderIds.length
}, Effect.uninterruptible)

/** Confirms all that are overdue now. It never fails. */
export const confirmOverdue = (dueMails: DueMails) =>
  Effect.repeat(step(dueMails), { while: (taken) => taken === watchdogBatch }).pipe(
    Effect.catchCause((cause) => Effect.logError("the watchdog failed a round", cause))
  )

/** Watches until its scope closes. */
export const watch = (dueMails: DueMails) =>
  Effect.forkScoped(Effect.repeat(confirmOverdue(dueMails), watchdogPause))
