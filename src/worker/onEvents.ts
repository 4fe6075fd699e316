// The worker's steps for hosts that run a function for each event, and nothing in between: messages that the host has
// received and deletes itself, and a scheduled round of due work.
import { Cause, Deferred, type Duration, Effect } from "effect"
import { inProcessSpans, OrderDestination } from "../services/orders/messageSpans.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import { confirmBatch } from "./confirmBatch.ts"
import { makeDueMails } from "./DueMails.ts"
import { type MailOptions, mailLoop } from "./MailLoop.ts"
import type { Deliveries } from "./messages.ts"
import { outageSeconds } from "./schedules.ts"
import { confirmOverdue } from "./Watchdog.ts"

/**
 * Confirms the orders of deliveries. Returns those that the host has to keep; it deletes the others. `within`: what is
 * left of the host's time. A delivery that the store's outage leaves over stays hidden: the round below confirms its
 * order when the store is back. The mails of confirmed orders are left to the round too.
 */
export const confirmDelivered = Effect.fnUntraced(function* (
  deliveries: Deliveries,
  within: Duration.Input
) {
  const queue = yield* OrderQueue
  const destination = yield* OrderDestination
  const dueMails = yield* makeDueMails
  const written = yield* Deferred.make<void>()
  const ended = new Set<string>()
  const end = (receipts: ReadonlyArray<string>) =>
    Effect.sync(() => {
      for (const receipt of receipts) ended.add(receipt)
    })
  const deletedByHost = OrderQueue.of({
    ...queue,
    acknowledge: (receipts) => Effect.as(end(receipts), []),
    deadLetter: (delivery, reason) =>
      Effect.tap(queue.deadLetter(delivery, reason), () => end([delivery.receipt]))
  })
  yield* inProcessSpans(destination, deliveries, (failed) =>
    confirmBatch(deliveries, dueMails, written, failed, outageSeconds)
  ).pipe(
    Effect.provideService(OrderQueue, deletedByHost),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.logError("a batch failed: its messages come back", cause)
    ),
    Effect.uninterruptible,
    Effect.timeoutOption(within)
  )
  return deliveries.filter(({ receipt }) => !ended.has(receipt))
})

/**
 * One round of the watchdog, then of the due mails, until there are none or `within` has passed. What is sent by
 * then is recorded, for up to `drainSeconds` more.
 */
export const roundOfDue = Effect.fnUntraced(function* (
  options: MailOptions,
  within: Duration.Input
) {
  const dueMails = yield* makeDueMails
  yield* confirmOverdue(dueMails)
  const idle = yield* Deferred.make<void>()
  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* mailLoop(options, {
        ...dueMails,
        wait: Effect.andThen(Deferred.succeed(idle, undefined), dueMails.wait)
      })
      yield* Effect.timeoutOption(Deferred.await(idle), within)
    })
  )
})
