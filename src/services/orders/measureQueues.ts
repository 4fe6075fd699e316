// Use case: the number of messages that wait for a worker, and of dead letters. If one queue can't be read, the other
// one is still counted.
import { Effect, type Result } from "effect"
import { OrderQueue, OrderQueueError, type QueueCount } from "./ports/OrderQueue.ts"

/** Why a queue could not be read. */
export type QueueProblem = OrderQueueError["reason"]

/** The same as text for people. */
export const queueProblems: { readonly [P in QueueProblem]: string } = {
  unavailable: "the queue does not answer",
  throttled: "the queue asks for fewer calls",
  denied: "the queue refuses this process, or is not there"
}

export type QueueDepth = Result.Result<QueueCount, QueueProblem>

/** Finding the dead-letter queue may take two more calls, and the caller waits for them. */
const within = "1500 millis"

const late = new OrderQueueError({
  operation: "count",
  reason: "unavailable",
  cause: new Error("the queue did not answer in time")
})

const depthOf = (queue: "orders" | "deadLetters"): Effect.Effect<QueueDepth, never, OrderQueue> =>
  OrderQueue.use((port) => port.count(queue)).pipe(
    Effect.timeoutOrElse({ duration: within, orElse: () => late }),
    Effect.mapError(({ reason }) => reason),
    Effect.result
  )

export const measureQueues = Effect.all(
  { orders: depthOf("orders"), deadLetters: depthOf("deadLetters") },
  { concurrency: "unbounded" }
)
