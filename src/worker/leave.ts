// What becomes of jobs that were not finished: handed back, tried again later, or set aside. Outages wear
// nothing out; failures of processing itself end in the dead-letter queue, with the order flagged, and
// even then the watchdog goes on with the order.
import { Effect, Metric } from "effect"
import { messagesDeadLettered, processingFailures } from "../services/metrics.ts"
import { firstDueAt } from "../services/orders/model/work.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { addSeconds, now } from "../services/time.ts"
import { handOver, hide, renew } from "./dispose.ts"
import type { Hold } from "./hold.ts"
import { type Job, messageIdsOf, receiveCountOf } from "./jobs.ts"
import {
  failureSeconds,
  giveUpDeliveries,
  handOverDeliveries,
  outageSeconds,
  setAsideSeconds,
  shortRetry
} from "./schedules.ts"
import { release } from "./settle.ts"

/** Whether this worker has claimed the jobs' mails and gives the claims up. */
export interface LeaveOptions {
  readonly claimed: boolean
}

/** Gives jobs back at once, to whoever comes next. */
export const handBack = Effect.fnUntraced(function* (
  hold: Hold,
  jobs: ReadonlyArray<Job>,
  { claimed }: LeaveOptions
) {
  if (jobs.length === 0) return
  const dueAt = firstDueAt(yield* now)
  if (claimed) yield* release(hold, jobs, () => dueAt)
  yield* hide(
    hold,
    jobs.map((job) => ({ job, seconds: 0 }))
  )
})

/**
 * For an outage or a throttle: tried again after a while, by the message's next delivery or another's. A
 * worn message goes. The watchdog sends others for an order that was claimed; whether there is one is
 * unknown of a message that could not be claimed for, so a fresh one is sent in its place.
 */
export const postpone = Effect.fnUntraced(function* (
  hold: Hold,
  jobs: ReadonlyArray<Job>,
  { claimed }: LeaveOptions
) {
  if (jobs.length === 0) return
  const at = yield* now
  const isWorn = (job: Job) => receiveCountOf(job) >= handOverDeliveries
  const worn = jobs.filter(isWorn)
  const secondsOf = (job: Job) => outageSeconds(receiveCountOf(job))
  if (claimed)
    yield* release(hold, jobs, (job) => {
      const next = addSeconds(at, secondsOf(job))
      // The watchdog comes after the message's own next delivery, or in its place.
      return isWorn(job) ? next : firstDueAt(next)
    })
  if (claimed) yield* handOver(hold, worn)
  const gone = claimed || (yield* renew(hold, worn))
  yield* hide(
    hold,
    jobs.filter((job) => !(gone && isWorn(job))).map((job) => ({ job, seconds: secondsOf(job) }))
  )
})

export interface Failed {
  readonly job: Job
  readonly reason: string
}

/** In words, for the dead letter and the order's flag. */
export const reasonOf = (what: string, defect: unknown): string =>
  `${what}: ${defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect)}`

const setAside = Effect.fnUntraced(
  function* (hold: Hold, { job, reason }: Failed) {
    const store = yield* OrderStore
    const queue = yield* OrderQueue
    yield* store.flagAttention([job.orderId], reason, yield* now).pipe(Effect.retry(shortRetry))
    yield* hold.letGo([job])
    yield* Effect.forEach(
      job.deliveries,
      (delivery) => Effect.retry(queue.deadLetter(delivery, reason), shortRetry),
      { discard: true }
    )
    yield* Metric.update(messagesDeadLettered, job.deliveries.length)
    yield* Effect.logError("message moved to the dead-letter queue, its order needs attention")
  },
  // Its next delivery tries again.
  (effect, hold, { job }) =>
    effect.pipe(
      Effect.catchCause((cause) =>
        Effect.andThen(
          Effect.logWarning("message not set aside", cause),
          hide(hold, [{ job, seconds: failureSeconds(receiveCountOf(job)) }])
        )
      )
    )
)

/** For jobs that could not be processed, through no outage: tried again a few times, then set aside. */
export const fail = Effect.fnUntraced(function* (
  hold: Hold,
  failures: ReadonlyArray<Failed>,
  { claimed }: LeaveOptions
) {
  if (failures.length === 0) return
  const at = yield* now
  const isHopeless = (job: Job) => receiveCountOf(job) >= giveUpDeliveries
  yield* Metric.update(processingFailures, failures.length)
  if (claimed)
    yield* release(
      hold,
      failures.map(({ job }) => job),
      (job) =>
        isHopeless(job)
          ? addSeconds(at, setAsideSeconds)
          : firstDueAt(addSeconds(at, failureSeconds(receiveCountOf(job))))
    )
  yield* hide(
    hold,
    failures
      .filter(({ job }) => !isHopeless(job))
      .map(({ job }) => ({ job, seconds: failureSeconds(receiveCountOf(job)) }))
  )
  yield* Effect.forEach(
    failures,
    (failure) => {
      const { job, reason } = failure
      const facts = {
        orderId: job.orderId,
        messageIds: messageIdsOf([job]),
        deliveries: receiveCountOf(job)
      }
      return Effect.logError("an order could not be processed", reason).pipe(
        Effect.andThen(isHopeless(job) ? setAside(hold, failure) : Effect.void),
        Effect.annotateLogs(facts)
      )
    },
    { discard: true }
  )
})
