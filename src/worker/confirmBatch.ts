// The confirm step for messages that were received together: confirms their orders, writes them to the cache, and
// deletes or hides the messages.
import { Data, Deferred, Effect } from "effect"
import type { Failed } from "../services/orders/messageSpans.ts"
import { debugLine } from "../services/runtime/debugLine.ts"
import { confirm } from "./confirm.ts"
import type { DueMails } from "./DueMails.ts"
import { acknowledge, changeVisibility } from "./deliveries.ts"
import { type Deliveries, readMessages } from "./messages.ts"
import { type Refusal, reasonOf, refuse } from "./refuse.ts"
import { outageSeconds, storeRetry } from "./schedules.ts"
import { showOrders } from "./showOrders.ts"

/** For traces: why a message, or its order, was refused. */
class MessageRefused extends Data.TaggedError("MessageRefused")<{ readonly reason: string }> {
  override get message(): string {
    return this.reason
  }
}

/**
 * `written` is done once the store has confirmed what it can; `failedTo` is told of messages that were refused.
 * Interrupted while it waits for the store, it hides the messages for `interruptedSeconds`.
 */
export const confirmBatch = Effect.fnUntraced(function* (
  deliveries: Deliveries,
  dueMails: DueMails,
  written: Deferred.Deferred<void>,
  failedTo: Failed,
  interruptedSeconds: number
) {
  const messages = yield* readMessages(deliveries)
  const waiting = [...messages.values()].flat()
  if (waiting.length < deliveries.length)
    failedTo(
      deliveries.filter((delivery) => !waiting.includes(delivery)),
      new MessageRefused({ reason: "the message does not decode" })
    )
  if (messages.size === 0) return
  yield* debugLine("messages received", () => ({
    orderIds: [...messages].flatMap(([orderId, ofOrder]) => ofOrder.map(() => orderId)),
    messageIds: waiting.map(({ messageId }) => messageId)
  }))
  let hidden = false
  const { orders, failed } = yield* confirm([...messages.keys()], dueMails).pipe(
    // The order is confirmed when the store is back, by any worker that has its message. Hidden, so that an outage
    // does not count as deliveries.
    Effect.tapError((error) => {
      if (hidden) return Effect.void
      hidden = true
      return Effect.andThen(
        Effect.logWarning("orders not confirmed: waiting for the store", error),
        changeVisibility(waiting, outageSeconds)
      )
    }),
    Effect.retry(storeRetry),
    Effect.interruptible,
    Effect.onInterrupt(() => changeVisibility(waiting, interruptedSeconds))
  )
  yield* Deferred.succeed(written, undefined)
  const done = new Set(orders.map(({ id }) => id))
  const refusals = new Map<string, Refusal>()
  for (const [orderId, ofOrder] of messages)
    if (!done.has(orderId))
      refusals.set(orderId, { orderId, deliveries: ofOrder, reason: "no such order" })
  for (const { orderId, defect } of failed)
    refusals.set(orderId, {
      orderId,
      deliveries: messages.get(orderId) ?? [],
      reason: reasonOf("the order cannot be confirmed", defect)
    })
  for (const { deliveries: refused, reason } of refusals.values())
    failedTo(refused, new MessageRefused({ reason }))
  const confirmed = [...messages].flatMap(([orderId, ofOrder]) =>
    done.has(orderId) ? ofOrder : []
  )
  yield* Effect.all([showOrders(orders), acknowledge(confirmed), refuse([...refusals.values()])], {
    concurrency: "unbounded",
    discard: true
  })
})
