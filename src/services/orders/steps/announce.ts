// The steps after the commit of new orders: write them to the cache, and send their messages to the queue. Nothing
// depends on them: an order whose message is lost is overdue a minute later (see work.ts).
import { Effect, Schedule } from "effect"
import type { OrderId } from "../../ids.ts"
import { countBackgroundFailure } from "../../metrics.ts"
import { debugLine } from "../../runtime/debugLine.ts"
import type { Order } from "../model/Order.ts"
import { encodeOrderMessage, orderPlaced } from "../model/OrderMessage.ts"
import { OrderQueue, type OutgoingMessage } from "../ports/OrderQueue.ts"
import { cacheOrders } from "./cacheOrders.ts"

export interface PlacedOrder {
  readonly order: Order
  /** W3C trace context of the request that placed it, empty without one. */
  readonly traceparent: string
}

/** The message that has a worker confirm the order. */
export const placedMessage = (orderId: OrderId, traceparent: string): OutgoingMessage => ({
  body: encodeOrderMessage(orderPlaced(orderId)),
  traceparent
})

const idsOf = (placed: ReadonlyArray<PlacedOrder>): ReadonlyArray<OrderId> =>
  placed.map(({ order }) => order.id)

/** About 1.4 s: later the watchdog takes over. */
const sendRetry = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 3 })
)

/** Sends the messages of orders, or leaves the orders to the watchdog. A call that fails in part may send some messages twice. */
const sendPlaced = Effect.fnUntraced(function* (placed: ReadonlyArray<PlacedOrder>) {
  const queue = yield* OrderQueue
  yield* queue
    .send(placed.map(({ order, traceparent }) => placedMessage(order.id, traceparent)))
    .pipe(
      Effect.retry({ schedule: sendRetry, while: ({ reason }) => reason !== "denied" }),
      Effect.tap((messageIds) =>
        debugLine("messages sent", () => ({ orderIds: idsOf(placed), messageIds }))
      ),
      Effect.catch((error) =>
        Effect.logError("orders not sent to the queue: left to the watchdog", error).pipe(
          Effect.annotateLogs({ orderIds: idsOf(placed) }),
          Effect.andThen(countBackgroundFailure.announce)
        )
      )
    )
})

/** Caches the orders and sends their messages. */
export const announce = Effect.fnUntraced(function* (placed: ReadonlyArray<PlacedOrder>) {
  if (placed.length === 0) return
  // At `debug`: at thousands of orders a second, lines that name each of them cost the API more than they tell.
  yield* debugLine("orders placed", () => ({ orderIds: idsOf(placed) }))
  yield* Effect.all([cacheOrders(placed.map(({ order }) => order)), sendPlaced(placed)], {
    concurrency: "unbounded",
    discard: true
  })
})
