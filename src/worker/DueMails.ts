// Which mails to claim next: those of orders that this process has just confirmed, and those that are overdue in the
// store. All of them are hints: only a claim decides which worker sends a mail.
import { Effect, Latch, Random } from "effect"
import type { OrderId } from "../services/ids.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { now, steadyMillis } from "../services/time.ts"

/**
 * An order that is handed over beyond these is found in the store a few seconds later. More than a worker mails
 * until then, or it would stand still meanwhile; about 1 MB when full.
 */
export const maxHandedOver = 10_000

/** Overdue orders that are read together. */
const lookAhead = 200

/** Between two searches for overdue mails while there are none, in milliseconds. */
const lookMillis = 2000

export interface DueMails {
  /** From the confirm step of this process. */
  readonly handOver: (orderIds: ReadonlyArray<OrderId>) => void
  /** Searches for overdue mails when it is time; then `size` is the number of mails to claim. */
  readonly look: Effect.Effect<void, never, OrderStore>
  readonly size: () => number
  /** Takes up to `max`, each once, half of them overdue ones, so that neither kind delays the other. */
  readonly pick: (max: number) => ReadonlyArray<OrderId>
  /** Waits until a mail is handed over, or it is time to search. */
  readonly wait: Effect.Effect<void>
}

export const makeDueMails = Effect.gen(function* () {
  /** In the order of their arrival. */
  const handedOver = new Set<OrderId>()
  let overdue: Array<OrderId> = []
  let nextLookAt = Number.NEGATIVE_INFINITY
  /** Whose turn it is where an odd one is left. */
  let overdueNext = true
  const arrived = yield* Latch.make(false)

  const look = Effect.gen(function* () {
    const millis = yield* steadyMillis
    if (overdue.length > 0 || millis < nextLookAt) return
    const store = yield* OrderStore
    const found = yield* store.findDueMails(yield* now, lookAhead)
    // One that was handed over may be overdue by now.
    for (const { orderId } of found) handedOver.delete(orderId)
    // Shuffled, so that two workers that look at the same time do not claim the same ones in turn.
    overdue = yield* Random.shuffle(found.map(({ orderId }) => orderId))
    // A full look leaves more behind.
    if (found.length < lookAhead) nextLookAt = millis + lookMillis
  }).pipe(
    Effect.catchTag("OrderStoreError", (error) =>
      Effect.andThen(
        Effect.logWarning("the store cannot say which mails are due", error),
        Effect.map(steadyMillis, (millis) => {
          nextLookAt = millis + lookMillis
        })
      )
    )
  )

  const dueMails: DueMails = {
    handOver: (orderIds) => {
      for (const id of orderIds.slice(0, maxHandedOver - handedOver.size)) handedOver.add(id)
      if (handedOver.size > 0) Latch.openUnsafe(arrived)
    },
    look,
    size: () => handedOver.size + overdue.length,
    pick: (max) => {
      const half = overdueNext ? Math.ceil(max / 2) : Math.floor(max / 2)
      if (max % 2 === 1) overdueNext = !overdueNext
      const picked = overdue.splice(0, Math.max(half, max - handedOver.size))
      for (const id of handedOver) {
        if (picked.length === max) break
        handedOver.delete(id)
        picked.push(id)
      }
      if (handedOver.size === 0) Latch.closeUnsafe(arrived)
      return picked
    },
    wait: Effect.flatMap(steadyMillis, (millis) =>
      Effect.asVoid(Effect.timeoutOption(arrived.await, Math.max(nextLookAt - millis, 0)))
    )
  }
  return dueMails
})
