// The watchdog: sends overdue orders to the queue again. Every worker has one and none leads: of any
// number, one gets an order (see `takeOverdue`). It never gives up on an order, and survives anything.
import { Effect, Metric } from "effect"
import { ordersResent } from "../services/metrics.ts"
import { placedMessage } from "../services/orders/announce.ts"
import type { Order } from "../services/orders/Order.ts"
import { OrderQueue } from "../services/orders/OrderQueue.ts"
import { OrderStore } from "../services/orders/OrderStore.ts"
import { now } from "../services/time.ts"
import { currentTraceparent } from "../services/traceparent.ts"
import { shortRetry, watchdogPause } from "./schedules.ts"

/** Orders taken at once: small, since what is taken and not sent waits for its next interval. */
export const watchdogBatch = 50

const resend = Effect.fn("watchdog resend", { root: true })(function* (
  orders: ReadonlyArray<Order>
) {
  const queue = yield* OrderQueue
  const traceparent = yield* currentTraceparent
  yield* queue
    .send(orders.map(({ id }) => placedMessage(id, traceparent)))
    .pipe(Effect.retry(shortRetry))
  yield* Metric.update(ordersResent, orders.length)
  yield* Effect.logInfo(`${orders.length} overdue orders sent to the queue again`)
})

/** Takes one batch and sends it, in one piece: what is taken is not due again for a while. */
const step = Effect.gen(function* () {
  const store = yield* OrderStore
  const orders = yield* store.takeOverdue(yield* now, watchdogBatch)
  if (orders.length > 0) yield* resend(orders)
  return orders.length
}).pipe(Effect.uninterruptible)

/** Watches until its scope closes. */
export const watch = step.pipe(
  Effect.repeat({ while: (taken) => taken === watchdogBatch }),
  Effect.catchCause((cause) => Effect.logError("the watchdog failed a round", cause)),
  Effect.repeat(watchdogPause),
  Effect.forkScoped
)
