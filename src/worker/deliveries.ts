// Deletes messages or changes their visibility. It never fails: if a call for a message fails, the message is delivered
// again, and its order is read in its state at that time.
import { Data, Effect, Metric } from "effect"
import { messagesAcknowledged } from "../services/metrics.ts"
import { OrderQueue, type OrderQueueError } from "../services/orders/ports/OrderQueue.ts"
import type { Deliveries } from "./messages.ts"
import { shortRetry } from "./schedules.ts"

type Receipts = ReadonlyArray<string>

class Refused extends Data.TaggedError("Refused")<{ readonly receipts: Receipts }> {}

/** Repeats a call for the receipts for which it failed. Returns the number of receipts that are left. */
const forAll = Effect.fnUntraced(function* (
  deliveries: Deliveries,
  call: (receipts: Receipts) => Effect.Effect<Receipts, OrderQueueError>,
  otherwise: string
) {
  let left: Receipts = deliveries.map(({ receipt }) => receipt)
  yield* Effect.suspend(() => call(left)).pipe(
    Effect.flatMap((failed) => {
      left = failed
      return failed.length === 0 ? Effect.void : new Refused({ receipts: failed })
    }),
    Effect.retry(shortRetry),
    Effect.catch((error) => Effect.logWarning(otherwise, error)),
    Effect.catchDefect((defect) => Effect.logError(otherwise, defect)),
    Effect.annotateLogs({ messageIds: deliveries.map(({ messageId }) => messageId) })
  )
  return left.length
})

/** Deletes the messages of deliveries whose order is no longer pending. */
export const acknowledge = Effect.fnUntraced(function* (deliveries: Deliveries) {
  if (deliveries.length === 0) return
  const queue = yield* OrderQueue
  const left = yield* forAll(
    deliveries,
    queue.acknowledge,
    "messages not acknowledged: they come back"
  )
  yield* Metric.update(messagesAcknowledged, deliveries.length - left)
})

/** Hides messages for some seconds from now; 0 makes them visible to other workers. */
export const changeVisibility = Effect.fnUntraced(function* (
  deliveries: Deliveries,
  seconds: number
) {
  if (deliveries.length === 0) return
  const queue = yield* OrderQueue
  yield* forAll(
    deliveries,
    (receipts) => queue.changeVisibility(receipts.map((receipt) => ({ receipt, seconds }))),
    "messages come back after their own visibility timeout"
  )
})
