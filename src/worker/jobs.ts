// A batch of deliveries as jobs: one per order, however often its message was sent or delivered.
import { Effect, Metric } from "effect"
import type { OrderId } from "../services/ids.ts"
import { messagesDeadLettered } from "../services/metrics.ts"
import { decodeOrderMessage } from "../services/orders/model/OrderMessage.ts"
import { type Delivery, OrderQueue } from "../services/orders/ports/OrderQueue.ts"

/** An order to confirm, with every delivery of the batch that asks for it. */
export interface Job {
  readonly orderId: OrderId
  /** At least one. */
  readonly deliveries: ReadonlyArray<Delivery>
}

/** How often the message was delivered (the most of several). */
export const receiveCountOf = ({ deliveries }: Job): number =>
  Math.max(...deliveries.map(({ receiveCount }) => receiveCount))

export const messageIdsOf = (jobs: Iterable<Job>): ReadonlyArray<string> =>
  Array.from(jobs, ({ deliveries }) => deliveries.map(({ messageId }) => messageId)).flat()

/** No attempt makes it readable, so it goes at once; if that fails, its next delivery tries again. */
const deadLetter = Effect.fnUntraced(
  function* (delivery: Delivery, reason: string) {
    const queue = yield* OrderQueue
    yield* queue.deadLetter(delivery, reason)
    yield* Metric.update(messagesDeadLettered, 1)
    yield* Effect.logError("undecodable message moved to the dead-letter queue", reason)
  },
  Effect.catch((error) => Effect.logWarning("undecodable message not moved", error)),
  Effect.catchDefect((defect) => Effect.logError("moving an undecodable message died", defect)),
  (effect, { messageId }) => Effect.annotateLogs(effect, { messageId })
)

/** Decodes deliveries and groups them by order; dead-letters those that do not decode. */
export const readJobs = Effect.fnUntraced(function* (deliveries: ReadonlyArray<Delivery>) {
  const byOrder = new Map<OrderId, ReadonlyArray<Delivery>>()
  yield* Effect.forEach(
    deliveries,
    (delivery) =>
      Effect.matchEffect(decodeOrderMessage(delivery.body), {
        onFailure: ({ message }) => deadLetter(delivery, message),
        onSuccess: ({ orderId }) =>
          Effect.sync(() => byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), delivery]))
      }),
    { concurrency: "unbounded", discard: true }
  )
  return Array.from(byOrder, ([orderId, of]): Job => ({ orderId, deliveries: of }))
})
