// The work that waits for the workers: mails, orders, messages and dead letters. Each worker measures all of it. SQS
// reports no age of a message, so watch the age of the oldest unsettled order.
import { Effect } from "effect"
import { sample } from "../http/sample.ts"
import {
  deadLetterMessages,
  mailsDue,
  mailsPerSecond,
  oldestAttentionSeconds,
  oldestDueSeconds,
  oldestUnsettledSeconds,
  ordersAttention,
  ordersUnsettled,
  queueMessages
} from "../services/metrics.ts"
import { measureMails } from "../services/orders/measureMails.ts"
import { measureOrders } from "../services/orders/measureOrders.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"

const mails = sample(
  "mails",
  [mailsDue, oldestDueSeconds, mailsPerSecond],
  Effect.map(measureMails, ({ due, oldestSeconds, perSecond }) => [due, oldestSeconds, perSecond])
)

const orders = sample(
  "orders",
  [
    ordersUnsettled.pending,
    oldestUnsettledSeconds.pending,
    ordersUnsettled.confirmed,
    oldestUnsettledSeconds.confirmed,
    ordersAttention,
    oldestAttentionSeconds
  ],
  Effect.map(measureOrders, ({ pending, confirmed, attention }) =>
    [pending, confirmed, attention].flatMap(({ count, oldestSeconds }) => [count, oldestSeconds])
  )
)

const queue = sample(
  "queue",
  [queueMessages.visible, queueMessages.in_flight, queueMessages.delayed],
  Effect.map(
    OrderQueue.use((port) => port.count("orders")),
    ({ visible, inFlight, delayed }) => [visible, inFlight, delayed]
  )
)

const deadLetters = sample(
  "dead_letters",
  [deadLetterMessages],
  // Those that a list or a redrive holds just now are hidden.
  Effect.map(
    OrderQueue.use((port) => port.count("deadLetters")),
    ({ visible, inFlight, delayed }) => [visible + inFlight + delayed]
  )
)

/** Measures until its scope closes. */
export const takeSamples = Effect.all([mails, orders, queue, deadLetters], { discard: true })
