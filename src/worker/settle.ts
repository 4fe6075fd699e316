// Writes down what came of claimed mails, and ends their deliveries accordingly. A sent mail that
// cannot be recorded keeps its claim and its message, and this process remembers it as sent.
import { Array as Arr, Effect } from "effect"
import type { OrderId } from "../services/ids.ts"
import type { MailOutcome, MailRecord } from "../services/orders/model/mailClaims.ts"
import type { Order } from "../services/orders/model/Order.ts"
import { isSettled } from "../services/orders/model/OrderStatus.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { isolate } from "../services/runtime/isolate.ts"
import { now } from "../services/time.ts"
import { acknowledge } from "./dispose.ts"
import type { Hold } from "./hold.ts"
import type { Job } from "./jobs.ts"
import { recordRetry, shortRetry } from "./schedules.ts"
import { showOrders } from "./showOrders.ts"

export interface Finished {
  readonly job: Job
  readonly outcome: Exclude<MailOutcome, { readonly _tag: "Released" }>
}

/** Each record by itself is idempotent, so a batch that died may be recorded again in parts. */
const recordAll = Effect.fnUntraced(function* (records: ReadonlyArray<MailRecord>) {
  const store = yield* OrderStore
  const [results, poisoned] = Arr.separate(yield* isolate(records, store.recordMails))
  return {
    changed: results.flat() as ReadonlyArray<Order>,
    poisoned: new Map(poisoned.map(({ item, defect }) => [item.orderId, defect]))
  }
})

/**
 * Records outcomes and acknowledges the messages of the orders that are settled by them. Returns those
 * that could not be recorded through no outage.
 */
export const record = Effect.fnUntraced(
  function* (hold: Hold, finished: ReadonlyArray<Finished>, unrecorded: Set<OrderId>) {
    if (finished.length === 0) return []
    const at = yield* now
    const sent = finished.flatMap(({ job, outcome }) =>
      outcome._tag === "Sent" ? [job.orderId] : []
    )
    for (const orderId of sent) unrecorded.add(orderId)
    const { changed, poisoned } = yield* Effect.retry(
      recordAll(
        finished.map(({ job, outcome }) => ({
          orderId: job.orderId,
          claimId: hold.claimId,
          at,
          outcome
        }))
      ),
      recordRetry
    )
    // A sent mail settles its order; if it changed nothing, it was on record already. Any other outcome
    // that changed nothing had lost its claim: whoever holds it now settles the order.
    const settled = new Set(sent)
    for (const { id, status, confirmation } of changed)
      if (isSettled(status, confirmation.state)) settled.add(id)
    for (const orderId of poisoned.keys()) settled.delete(orderId)
    for (const orderId of sent) if (settled.has(orderId)) unrecorded.delete(orderId)
    yield* hold.letGo(finished.map(({ job }) => job))
    yield* showOrders(changed)
    yield* acknowledge(
      hold,
      finished.flatMap(({ job }) => (settled.has(job.orderId) ? [job] : []))
    )
    return finished.flatMap(({ job }) =>
      poisoned.has(job.orderId) ? [{ job, defect: poisoned.get(job.orderId) }] : []
    )
  },
  Effect.catch((error) =>
    Effect.as(Effect.logError("what came of mails could not be recorded", error), [])
  )
)

/** Gives claims up, so that the next delivery may send at once; the watchdog comes when each is due. */
export const release = Effect.fnUntraced(function* (
  hold: Hold,
  jobs: ReadonlyArray<Job>,
  dueAtOf: (job: Job) => Date
) {
  if (jobs.length === 0) return
  const at = yield* now
  yield* recordAll(
    jobs.map((job) => ({
      orderId: job.orderId,
      claimId: hold.claimId,
      at,
      outcome: { _tag: "Released", dueAt: dueAtOf(job) }
    }))
  ).pipe(
    Effect.retry(shortRetry),
    Effect.flatMap(({ changed, poisoned }) =>
      Effect.andThen(
        showOrders(changed),
        poisoned.size === 0
          ? Effect.void
          : Effect.logError("claims not released: they run out", Array.from(poisoned.values()))
      )
    ),
    Effect.catch((error) => Effect.logWarning("claims not released: they run out", error))
  )
})
