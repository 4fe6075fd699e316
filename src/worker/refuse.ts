// Messages whose order could not be confirmed, without an outage: hidden for growing times, and at the seventh delivery
// dead-lettered with their reason. The watchdog keeps retrying the order.
import { Effect, Metric } from "effect"
import type { OrderId } from "../services/ids.ts"
import { messagesDeadLettered, processingFailures } from "../services/metrics.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { now } from "../services/time.ts"
import { changeVisibility } from "./deliveries.ts"
import type { Deliveries } from "./messages.ts"
import { failureSeconds, giveUpDeliveries, shortRetry } from "./schedules.ts"

export interface Refusal {
  readonly orderId: OrderId
  readonly deliveries: Deliveries
  readonly reason: string
}

/** In words, for the dead letter and the order's flag. */
export const reasonOf = (what: string, defect: unknown): string =>
  `${what}: ${defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect)}`

const setAside = Effect.fnUntraced(function* ({ orderId, deliveries, reason }: Refusal) {
  const store = yield* OrderStore
  const queue = yield* OrderQueue
  yield* store.flagAttention([orderId], reason, yield* now).pipe(Effect.retry(shortRetry))
  yield* Effect.forEach(
    deliveries,
    (delivery) => Effect.retry(queue.deadLetter(delivery, reason), shortRetry),
    { discard: true }
  )
  yield* Metric.update(messagesDeadLettered, deliveries.length)
  yield* Effect.logError("message moved to the dead-letter queue, its order needs attention")
})

const refuseOne = Effect.fnUntraced(
  function* (refusal: Refusal) {
    const { deliveries, reason } = refusal
    const count = Math.max(...deliveries.map(({ receiveCount }) => receiveCount))
    yield* Effect.logError("an order could not be confirmed", { reason })
    const hide = changeVisibility(deliveries, failureSeconds(count))
    if (count < giveUpDeliveries) return yield* hide
    // Where it fails, its next delivery tries again.
    yield* Effect.catchCause(setAside(refusal), (cause) =>
      Effect.andThen(Effect.logWarning("message not set aside", cause), hide)
    )
  },
  (effect, { orderId, deliveries }) =>
    Effect.annotateLogs(effect, {
      orderId,
      messageIds: deliveries.map(({ messageId }) => messageId)
    })
)

export const refuse = Effect.fnUntraced(function* (refusals: ReadonlyArray<Refusal>) {
  if (refusals.length === 0) return
  yield* Metric.update(processingFailures, refusals.length)
  yield* Effect.forEach(refusals, refuseOne, { discard: true })
})
