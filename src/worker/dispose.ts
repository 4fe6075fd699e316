// What ends a delivery: its message is deleted, or hidden until it is due again. Neither can fail the
// work that was done: what does not succeed here comes back, and finds its order settled or held.
import { Data, Effect, Metric } from "effect"
import { messagesAcknowledged, messagesHandedOver, messagesRenewed } from "../services/metrics.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import type { Hold } from "./hold.ts"
import { type Job, messageIdsOf } from "./jobs.ts"
import { shortRetry } from "./schedules.ts"

class Refused extends Data.TaggedError("Refused")<{ readonly receipts: ReadonlyArray<string> }> {}

const receiptsOf = ({ deliveries }: Job): ReadonlyArray<string> =>
  deliveries.map(({ receipt }) => receipt)

const remove = Effect.fnUntraced(function* (
  hold: Hold,
  jobs: ReadonlyArray<Job>,
  counter: Metric.Counter<number>
) {
  if (jobs.length === 0) return
  yield* hold.letGo(jobs)
  const queue = yield* OrderQueue
  const receipts = jobs.flatMap(receiptsOf)
  let left: ReadonlyArray<string> = receipts
  yield* Effect.suspend(() => queue.acknowledge(left)).pipe(
    Effect.flatMap((failed) => {
      left = failed
      return failed.length === 0 ? Effect.void : new Refused({ receipts: failed })
    }),
    Effect.retry(shortRetry),
    Effect.catch((error) => Effect.logWarning("messages that are done with not deleted", error)),
    Effect.catchDefect((defect) => Effect.logError("deleting messages died", defect)),
    Effect.annotateLogs({ messageIds: messageIdsOf(jobs) })
  )
  yield* Metric.update(counter, receipts.length - left.length)
})

/** Deletes the messages of jobs whose order is settled. */
export const acknowledge = (hold: Hold, jobs: ReadonlyArray<Job>) =>
  remove(hold, jobs, messagesAcknowledged)

/** Deletes messages for which the watchdog sends others. */
export const handOver = (hold: Hold, jobs: ReadonlyArray<Job>) =>
  remove(hold, jobs, messagesHandedOver)

/**
 * Puts a fresh copy in the place of each job's messages, whose deliveries count from 1 again. False where
 * it could not be sent: the messages are as they were then.
 */
export const renew = Effect.fnUntraced(function* (hold: Hold, jobs: ReadonlyArray<Job>) {
  if (jobs.length === 0) return true
  const queue = yield* OrderQueue
  const copies = jobs.flatMap(({ deliveries }) =>
    deliveries.slice(0, 1).map(({ body, traceparent }) => ({ body, traceparent }))
  )
  const sent = yield* queue.send(copies).pipe(
    Effect.retry(shortRetry),
    Effect.as(true),
    Effect.catch((error) => Effect.as(Effect.logWarning("messages not renewed", error), false)),
    Effect.catchDefect((defect) =>
      Effect.as(Effect.logError("renewing messages died", defect), false)
    ),
    Effect.annotateLogs({ messageIds: messageIdsOf(jobs) })
  )
  if (sent) yield* remove(hold, jobs, messagesRenewed)
  return sent
})

export interface Hidden {
  readonly job: Job
  readonly seconds: number
}

/** What the queue allows: 12 hours. */
const maxVisibilitySeconds = 43_200

/** Hides the messages of jobs for some seconds from now; 0 gives them back at once. */
export const hide = Effect.fnUntraced(function* (hold: Hold, hidden: ReadonlyArray<Hidden>) {
  if (hidden.length === 0) return
  const jobs = hidden.map(({ job }) => job)
  yield* hold.letGo(jobs)
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
    Effect.catchDefect((defect) => Effect.logError("hiding messages died", defect)),
    Effect.annotateLogs({ messageIds: messageIdsOf(jobs) })
  )
})
