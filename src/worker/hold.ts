// What a batch holds while it is in flight: the visibility of its messages and the leases of its claims,
// extended together by a heartbeat until the batch lets go of them. A lease that was lost, or may soon
// end, keeps a send from starting.
import { Effect, Semaphore } from "effect"
import type { OrderId } from "../services/ids.ts"
import { sendTimeoutSeconds } from "../services/messaging/Mailer.ts"
import type { ClaimId } from "../services/orders/model/Order.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { addSeconds, now } from "../services/time.ts"
import type { Job } from "./jobs.ts"

export interface Hold {
  readonly claimId: ClaimId
  /** When the leases end that the batch claims, and later those that it has renewed. */
  readonly leaseUntil: () => Date
  /** From now on the leases of these orders are renewed too. */
  readonly claimed: (jobs: ReadonlyArray<Job>) => void
  /** Until when a send for the order may start; undefined: somebody else may be sending. */
  readonly latestStart: (orderId: OrderId) => Date | undefined
  /** Nothing extends these any more, not even a heartbeat that had begun: it is waited for. */
  readonly letGo: (jobs: ReadonlyArray<Job>) => Effect.Effect<void>
  /** Runs beside the batch, until it is interrupted. */
  readonly heartbeat: Effect.Effect<never, never, OrderQueue | OrderStore>
}

/** Two may be missed before anything runs out. */
const beatsPerTimeout = 3

export const makeHold = Effect.fnUntraced(function* (
  jobs: ReadonlyArray<Job>,
  claimId: ClaimId,
  visibilitySeconds: number
) {
  const visible = new Map(jobs.map((job) => [job.orderId, job]))
  const leased = new Set<OrderId>()
  const lost = new Set<OrderId>()
  const extending = yield* Semaphore.make(1)
  let leaseUntil = addSeconds(yield* now, visibilitySeconds)

  const renewLeases = Effect.fnUntraced(
    function* () {
      if (leased.size === 0) return
      const store = yield* OrderStore
      const at = yield* now
      const until = addSeconds(at, visibilitySeconds)
      const orderIds = Array.from(leased)
      const held = new Set(yield* store.renewClaims({ orderIds, claimId, at, leaseUntil: until }))
      leaseUntil = until
      const gone = orderIds.filter((id) => leased.has(id) && !held.has(id))
      if (gone.length === 0) return
      for (const id of gone) {
        leased.delete(id)
        visible.delete(id)
        lost.add(id)
      }
      yield* Effect.logWarning("claims were lost", gone)
    },
    Effect.catch((error) => Effect.logWarning("leases were not renewed", error))
  )

  const extendVisibility = Effect.fnUntraced(
    function* () {
      const queue = yield* OrderQueue
      const receipts = Array.from(visible.values()).flatMap(({ deliveries }) =>
        deliveries.map(({ receipt }) => receipt)
      )
      if (receipts.length === 0) return
      const failed = yield* queue.changeVisibility(
        receipts.map((receipt) => ({ receipt, seconds: visibilitySeconds }))
      )
      // Somebody else may have them by now: whose claim holds, mails.
      if (failed.length > 0)
        yield* Effect.logWarning("messages were not kept hidden", failed.length)
    },
    Effect.catch((error) => Effect.logWarning("messages were not kept hidden", error)),
    Semaphore.withPermit(extending)
  )

  const beat = Effect.all([renewLeases(), extendVisibility()], {
    concurrency: "unbounded",
    discard: true
  }).pipe(Effect.catchDefect((defect) => Effect.logError("a heartbeat died", defect)))

  const hold: Hold = {
    claimId,
    leaseUntil: () => leaseUntil,
    claimed: (claims) => {
      for (const { orderId } of claims) leased.add(orderId)
    },
    latestStart: (orderId) =>
      lost.has(orderId) ? undefined : addSeconds(leaseUntil, -sendTimeoutSeconds),
    letGo: (done) =>
      Effect.sync(() => {
        for (const { orderId } of done) {
          visible.delete(orderId)
          leased.delete(orderId)
        }
      }).pipe(Semaphore.withPermit(extending)),
    heartbeat: Effect.forever(
      Effect.andThen(Effect.sleep((visibilitySeconds * 1000) / beatsPerTimeout), beat)
    )
  }
  return hold
})
