// Writes down what came of claimed mails, and ends their deliveries accordingly. A sent mail that
// cannot be recorded keeps its claim and its message, and this process remembers it as sent.
import { Effect } from "effect"
import { cacheOrders } from "../services/orders/cacheOrders.ts"
import { isSettled } from "../services/orders/OrderStatus.ts"
import { type MailOutcome, OrderStore } from "../services/orders/OrderStore.ts"
import { firstDueAt } from "../services/orders/work.ts"
import { addSeconds, now } from "../services/time.ts"
import { acknowledge, hide } from "./dispose.ts"
import type { Job } from "./jobs.ts"
import { recordRetry, shortRetry } from "./schedules.ts"

export interface Finished {
  readonly job: Job
  readonly outcome: Exclude<MailOutcome, { readonly _tag: "Released" }>
}

/** Records outcomes and acknowledges the messages of the orders that are settled by them. */
export const record = Effect.fnUntraced(
  function* (finished: ReadonlyArray<Finished>, claimId: string, unrecorded: Set<string>) {
    if (finished.length === 0) return
    const store = yield* OrderStore
    const at = yield* now
    const sent = finished.flatMap(({ job, outcome }) =>
      outcome._tag === "Sent" ? [job.orderId] : []
    )
    for (const orderId of sent) unrecorded.add(orderId)
    const changed = yield* store
      .recordMails(
        finished.map(({ job, outcome }) => ({ orderId: job.orderId, claimId, at, outcome }))
      )
      .pipe(Effect.retry(recordRetry))
    for (const orderId of sent) unrecorded.delete(orderId)
    yield* cacheOrders(changed)
    // A sent mail settles its order; if it changed nothing, it was on record already. Any other outcome
    // that changed nothing had lost its claim: whoever holds it now settles the order.
    const settled = new Set(sent)
    for (const { id, status, confirmation } of changed)
      if (isSettled(status, confirmation.state)) settled.add(id)
    yield* acknowledge(finished.flatMap(({ job }) => (settled.has(job.orderId) ? [job] : [])))
  },
  Effect.catchCause((cause) => Effect.logError("what came of mails could not be recorded", cause))
)

/** Gives claims up, so that the next delivery may send at once, and hides the messages until then. */
export const release = Effect.fnUntraced(function* (
  jobs: ReadonlyArray<Job>,
  claimId: string,
  secondsOf: (job: Job) => number
) {
  if (jobs.length === 0) return
  const store = yield* OrderStore
  const at = yield* now
  const hidden = jobs.map((job) => ({ job, seconds: secondsOf(job) }))
  yield* store
    .recordMails(
      hidden.map(({ job, seconds }) => ({
        orderId: job.orderId,
        claimId,
        at,
        // The watchdog looks after the message's own next delivery, not before.
        outcome: { _tag: "Released", dueAt: firstDueAt(addSeconds(at, seconds)) }
      }))
    )
    .pipe(
      Effect.retry(shortRetry),
      Effect.flatMap(cacheOrders),
      Effect.catch((error) => Effect.logWarning("claims not released: they run out", error))
    )
  yield* hide(hidden)
})
