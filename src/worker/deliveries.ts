// Ends deliveries: deletes messages or changes their visibility. It never fails: a message that it could not reach
// is delivered again, and its order is found as it is then.
import { Data, Effect, Metric } from "effect"
import { messagesAcknowledged } from "../services/metrics.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import type { Deliveries } from "./messages.ts"
import { shortRetry } from "./schedules.ts"

class Refused extends Data.TaggedError("Refused")<{ readonly receipts: ReadonlyArray<string> }> {}

const messageIdsOf = (deliveries: Deliveries) => deliveries.map(({ messageId }) => messageId)

/** Deletes the messages of deliveries whose order is no longer pending. */
export const acknowledge = Effect.fnUntraced(function* (deliveries: Deliveries) {
  if (deliveries.length === 0) return
  const queue = yield* OrderQueue
  let left: ReadonlyArray<string> = deliveries.map(({ receipt }) => receipt)
  yield* Effect.suspend(() => queue.acknowledge(left)).pipe(
    Effect.flatMap((failed) => {
      left = failed
      return failed.length === 0 ? Effect.void : new Refused({ receipts: failed })
    }),
    Effect.retry(shortRetry),
    Effect.catch((error) => Effect.logWarning("messages not acknowledged: they come back", error)),
    Effect.catchDefect((defect) => Effect.logError("acknowledging messages died", defect)),
    Effect.annotateLogs({ messageIds: messageIdsOf(deliveries) })
  )
  yield* Metric.update(messagesAcknowledged, deliveries.length - left.length)
})

/** Hides messages for some seconds from now; 0 makes them visible to other workers. */
export const changeVisibility = Effect.fnUntraced(function* (
  deliveries: Deliveries,
  seconds: number
) {
  if (deliveries.length === 0) return
  const queue = yield* OrderQueue
  let left = deliveries.map(({ receipt }) => ({ receipt, seconds }))
  yield* Effect.suspend(() => queue.changeVisibility(left)).pipe(
    Effect.flatMap((failed) => {
      left = left.filter(({ receipt }) => failed.includes(receipt))
      return failed.length === 0 ? Effect.void : new Refused({ receipts: failed })
    }),
    Effect.retry(shortRetry),
    Effect.catch((error) =>
      Effect.logWarning("messages come back after their own visibility timeout", error)
    ),
    Effect.catchDefect((defect) => Effect.logError("changing visibility died", defect)),
    Effect.annotateLogs({ messageIds: messageIdsOf(deliveries) })
  )
})
