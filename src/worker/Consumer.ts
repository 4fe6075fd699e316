// The consumer: a poller that takes messages off the queue as there is room for them, and the batches in
// flight. On shutdown its poll is aborted; what is in flight is finished, or handed back in time.
import {
  Cause,
  Duration,
  Effect,
  Exit,
  Fiber,
  FiberSet,
  Metric,
  Option,
  Scope,
  Semaphore
} from "effect"
import type { OrderId } from "../services/ids.ts"
import { messagesReceived } from "../services/metrics.ts"
import { type Delivery, OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import { confirmBatch } from "./confirmBatch.ts"
import { pollRetry } from "./schedules.ts"

export interface ConsumerOptions {
  /** Messages in flight at most. */
  readonly concurrency: number
  /** How long a message is hidden from other workers while this one has it. */
  readonly visibilitySeconds: number
  /** From the beginning of shutdown until the last message is finished or handed back. */
  readonly drainSeconds: number
}

/** What the queue allows in one poll. */
const maxPoll = 10
const pollSeconds = 20
/**
 * A batch costs the database as many round trips as a message would, so batches are as large as two polls,
 * and not larger: a message is recorded once the slowest of its batch is.
 */
const maxBatch = 2 * maxPoll

/** Batches of equal size that fill the slots; two where that can be, so that one is received meanwhile. */
const batchSizeOf = (concurrency: number) => {
  const count = Math.max(Math.ceil(concurrency / maxBatch), concurrency > maxPoll ? 2 : 1)
  return Math.ceil(concurrency / count)
}

/**
 * A poll that brought fewer has most likely emptied the queue (SQS may give less than it has), and the next one
 * waits for its batch: what comes meanwhile makes one batch, as in a group commit. A batch takes the same calls
 * of database and queue, however few it has.
 */
const few = maxPoll / 2
/** A batch that takes longer than this waits for others, such as a slow mail service: it is left to itself. */
const patience = Duration.millis(50)

/** What handing back takes: a send that has begun (8 s), its record, and the messages. */
const handBackSeconds = 10

/** How shutdown splits its time: first finishing, then handing back what is left. */
const drainPhases = (drainSeconds: number) => {
  const handBack = Math.min(handBackSeconds, drainSeconds / 2)
  return { finish: drainSeconds - handBack, handBack }
}

/** Consumes until its scope closes; returns once the poller is running. */
export const consume = Effect.fnUntraced(function* (options: ConsumerOptions) {
  const { concurrency, visibilitySeconds, drainSeconds } = options
  const queue = yield* OrderQueue
  const slots = yield* Semaphore.make(concurrency)
  const batchSize = batchSizeOf(concurrency)
  const unrecorded = new Set<OrderId>()
  // Its own scope, closed by the drain: closing waits for every fiber, the drain only for so long.
  const batches = yield* Scope.make()
  const inFlight = yield* Scope.provide(FiberSet.make<void>(), batches)

  const drain = Effect.gen(function* () {
    const { finish, handBack } = drainPhases(drainSeconds)
    const finished = yield* Effect.timeoutOption(FiberSet.awaitEmpty(inFlight), `${finish} seconds`)
    if (Option.isNone(finished)) yield* Effect.logWarning("handing back what is in flight")
    const closing = yield* Effect.forkDetach(Scope.close(batches, Exit.void))
    const closed = yield* Effect.timeoutOption(Fiber.await(closing), `${handBack} seconds`)
    if (Option.isNone(closed))
      yield* Effect.logError("messages are left to their visibility timeout: out of time")
  })

  const handle = (deliveries: ReadonlyArray<Delivery>) =>
    confirmBatch(deliveries, { visibilitySeconds, unrecorded }).pipe(
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause)
          ? Effect.void
          : Effect.logError("a batch failed: its messages come back", cause)
      ),
      Effect.ensuring(Semaphore.release(slots, deliveries.length))
    )

  /** Waits for one free slot, then takes what else is free. */
  const takeSlots = Effect.gen(function* () {
    let taken = yield* Semaphore.take(slots, 1)
    while (taken < batchSize && (yield* Semaphore.takeIfAvailable(slots, 1))) taken++
    return taken
  })

  const receive = (max: number, waitSeconds: number) =>
    queue.receive({ max: Math.min(max, maxPoll), waitSeconds, visibilitySeconds })

  // Only the waits are interruptible: what a poll returned always reaches a batch.
  const poll = Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const taken = yield* restore(takeSlots)
      const first = yield* receive(taken, pollSeconds).pipe(
        restore,
        Effect.onError(() => Semaphore.release(slots, taken))
      )
      // A full poll leaves more behind. One that fails here is the next one to fail, and reported then.
      const more =
        first.length === maxPoll && taken > maxPoll
          ? yield* Effect.exit(restore(receive(taken - maxPoll, 0)))
          : Exit.succeed([])
      const deliveries = Exit.isSuccess(more) ? [...first, ...more.value] : first
      yield* Semaphore.release(slots, taken - deliveries.length)
      if (deliveries.length === 0) return
      yield* Metric.update(messagesReceived, deliveries.length)
      const handling = yield* FiberSet.run(inFlight, handle(deliveries))
      if (deliveries.length < few)
        yield* restore(Effect.timeoutOption(Fiber.await(handling), patience))
    })
  )

  const poller = poll.pipe(
    Effect.sandbox,
    Effect.tapError((cause) => Effect.logWarning("the queue could not be polled", cause)),
    // Inside `forever`: every success starts the pauses afresh.
    Effect.retry(pollRetry),
    Effect.forever
  )

  // Finalizers run in reverse: the poller stops, then the drain begins.
  yield* Effect.addFinalizer(() => drain)
  yield* Effect.forkScoped(poller)
})
