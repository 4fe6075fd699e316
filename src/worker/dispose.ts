// What ends a delivery: its message is deleted, or hidden until it is due again. Neither can fail the
// work that was done: what does not succeed here comes back, and finds its order settled or held.
import { Data, Effect, Metric } from "effect"
import { messagesAcknowledged } from "../services/metrics.ts"
import { OrderQueue } from "../services/orders/OrderQueue.ts"
import { type Job, messageIdsOf } from "./jobs.ts"
import { shortRetry } from "./schedules.ts"

class Refused extends Data.TaggedError("Refused")<{ readonly receipts: ReadonlyArray<string> }> {}

const receiptsOf = ({ deliveries }: Job): ReadonlyArray<string> =>
  deliveries.map(({ receipt }) => receipt)

/** Deletes the messages of jobs whose order is settled. */
export const acknowledge = Effect.fnUntraced(function* (jobs: ReadonlyArray<Job>) {
  if (jobs.length === 0) return
  const queue = yield* OrderQueue
  const receipts = jobs.flatMap(receiptsOf)
  let left: ReadonlyArray<string> = receipts
  yield* Effect.suspend(() => queue.acknowledge(left)).pipe(
    Effect.flatMap((failed) => {
      left = failed
      return failed.length === 0 ? Effect.void : new Refused({ receipts: failed })
    }),
    Effect.retry(shortRetry),
    Effect.catch((error) => Effect.logWarning("messages of settled orders not deleted", error)),
    Effect.annotateLogs({ messageIds: messageIdsOf(jobs) })
  )
  yield* Metric.update(messagesAcknowledged, receipts.length - left.length)
})

/** What the queue allows: 12 hours. */
const maxVisibilitySeconds = 43_200

/** Hides the messages of jobs for some seconds from now; 0 gives them back at once. */
export const hide = Effect.fnUntraced(function* (
  hidden: ReadonlyArray<{ readonly job: Job; readonly seconds: number }>
) {
  if (hidden.length === 0) return
  const queue = yield* OrderQueue
  let left = hidden.flatMap(({ job, seconds }) =>
    receiptsOf(job).map((receipt) => ({
      receipt,
      seconds: Math.min(seconds, maxVisibilitySeconds)
    }))
  )
  yield* Effect.suspend(() => queue.changeVisibility(left)).pipe(
    Effect.flatMap((failed) => {
      left = left.filter(({ receipt }) => failed.includes(receipt))
      return failed.length === 0 ? Effect.void : new Refused({ receipts: failed })
    }),
    Effect.retry(shortRetry),
    Effect.catch((error) =>
      Effect.logWarning("messages come back after their own visibility timeout", error)
    ),
    Effect.annotateLogs({ messageIds: messageIdsOf(hidden.map(({ job }) => job)) })
  )
})
