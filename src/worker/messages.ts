// The messages of a poll, by order. A message that does not decode is dead-lettered, since no retry would decode it.
import { Effect, Metric } from "effect"
import type { OrderId } from "../services/ids.ts"
import { messagesDeadLettered } from "../services/metrics.ts"
import { decodeOrderMessage } from "../services/orders/model/OrderMessage.ts"
import { type Delivery, OrderQueue } from "../services/orders/ports/OrderQueue.ts"

/** The deliveries that ask for one order: at least one, since a message may be sent or delivered twice. */
export type Deliveries = ReadonlyArray<Delivery>

/** If moving it fails, its next delivery tries again. */
const deadLetter = Effect.fnUntraced(
  function* (delivery: Delivery, reason: string) {
    const queue = yield* OrderQueue
    yield* queue.deadLetter(delivery, reason)
    yield* Metric.update(messagesDeadLettered, 1)
    yield* Effect.logError("undecodable message moved to the dead-letter queue", { reason })
  },
  Effect.catch((error) => Effect.logWarning("undecodable message not moved", error)),
  Effect.catchDefect((defect) => Effect.logError("moving an undecodable message died", defect)),
  (effect, { messageId }) => Effect.annotateLogs(effect, { messageId })
)

/** Decodes deliveries and groups them by order; dead-letters those that do not decode. */
export const readMessages = Effect.fnUntraced(function* (deliveries: Deliveries) {
  const byOrder = new Map<OrderId, Deliveries>()
  yield* Effect.forEach(
    deliveries,
    (delivery) =>
      Effect.matchEffect(decodeOrderMessage(delivery.body), {
        onFailure: ({ message }) => deadLetter(delivery, message),
        onSuccess: ({ orderId }) =>
          Effect.sync(() => byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), delivery]))
      }),
    { discard: true }
  )
  return byOrder
})
