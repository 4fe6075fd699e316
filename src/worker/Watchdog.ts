// The watchdog: sends overdue orders to the queue again. Every worker has one and none leads: of any
// number, one gets an order (see `takeOverdue`). It never gives up on an order, and survives anything.
import { Effect, Metric } from "effect"
import type { OrderId } from "../services/ids.ts"
import { ordersResent } from "../services/metrics.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { placedMessage } from "../services/orders/steps/announce.ts"
import { now } from "../services/time.ts"
import { currentTraceparent } from "../services/traceparent.ts"
import { kindOfQueueError } from "./failures.ts"
import { deniedPause, shortRetry, watchdogPause } from "./schedules.ts"

/** Orders taken at once: small, since what is taken and not sent waits for its next interval. */
export const watchdogBatch = 50

/** With more messages than this in the queue, overdue orders are behind others rather than lost. */
export const longBacklog = 100

/**
 * What a round takes then: the longest overdue are still sent again, so that no backlog, however long it
 * lasts, keeps a lost message from being replaced, and the backlog hardly grows by it.
 */
export const trickle = 2

const resend = Effect.fn("watchdog resend", { root: true })(function* (
  orderIds: ReadonlyArray<OrderId>
) {
  const queue = yield* OrderQueue
  const traceparent = yield* currentTraceparent
  yield* queue
    .send(orderIds.map((id) => placedMessage(id, traceparent)))
    .pipe(Effect.retry(shortRetry))
  yield* Metric.update(ordersResent, orderIds.length)
  yield* Effect.logInfo(`${orderIds.length} overdue orders sent to the queue again`)
})

/** Takes some and sends them, in one piece: what is taken is not due again for a while. */
const step = (limit: number) =>
  Effect.gen(function* () {
    const store = yield* OrderStore
    const orderIds = yield* store.takeOverdue(yield* now, limit)
    if (orderIds.length > 0) yield* resend(orderIds)
    return orderIds.length
  }).pipe(Effect.uninterruptible)

/**
 * The queue is asked first: while it is away no order is taken, so that what was placed meanwhile is due
 * when it is back.
 */
const round = Effect.gen(function* () {
  const backlog = yield* OrderQueue.use((queue) => queue.backlog)
  if (backlog > longBacklog) yield* step(trickle)
  else yield* Effect.repeat(step(watchdogBatch), { while: (taken) => taken === watchdogBatch })
}).pipe(
  Effect.catchTag("OrderQueueError", (error) =>
    Effect.andThen(
      Effect.logWarning("the watchdog cannot use the queue", error),
      kindOfQueueError(error) === "denied" ? Effect.sleep(deniedPause) : Effect.void
    )
  )
)

/** Watches until its scope closes. */
export const watch = round.pipe(
  Effect.catchCause((cause) => Effect.logError("the watchdog failed a round", cause)),
  Effect.repeat(watchdogPause),
  Effect.forkScoped
)
