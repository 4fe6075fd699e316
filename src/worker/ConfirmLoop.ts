// The first step: takes messages off the queue, confirms their orders, and deletes the messages. An order is durably
// confirmed, with its mail due, before its message is deleted.
import { Cause, Deferred, Effect, Exit, Fiber, FiberSet, Metric, Option, Scope } from "effect"
import { messageBatchSize, messagesReceived } from "../services/metrics.ts"
import { inProcessSpans, OrderDestination } from "../services/orders/messageSpans.ts"
import { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import { steadyMillis } from "../services/time.ts"
import { confirmBatch } from "./confirmBatch.ts"
import type { DueMails } from "./DueMails.ts"
import { changeVisibility } from "./deliveries.ts"
import type { Deliveries } from "./messages.ts"
import { earlyMillis, earlyPauseMillis, pollRetry } from "./schedules.ts"

export interface ConfirmOptions {
  /** How long a received message is hidden from other workers. */
  readonly visibilitySeconds: number
  /** From the beginning of shutdown until the last message is acknowledged or visible again. */
  readonly drainSeconds: number
}

/** The most messages of one poll. */
const maxPoll = 10
const pollSeconds = 20
/** Polls that make one batch while the queue is full: about 100 messages share one write. */
const maxPolls = 10

interface Batch {
  readonly written: Deferred.Deferred<void>
  readonly fiber: Fiber.Fiber<void>
}

/** Waits until the next batch may begin: the previous one is written, and at most one other is in progress. */
const ready = (before: Batch | undefined, earlier: Batch | undefined) =>
  Effect.andThen(
    earlier === undefined ? Effect.void : Fiber.await(earlier.fiber),
    before === undefined ? Effect.void : Deferred.await(before.written)
  )

/** Confirms until its scope closes; returns once the poller is running. */
export const confirmLoop = Effect.fnUntraced(function* (
  { visibilitySeconds, drainSeconds }: ConfirmOptions,
  dueMails: DueMails
) {
  const queue = yield* OrderQueue
  const destination = yield* OrderDestination
  // Its own scope, closed by the drain: closing it interrupts a batch that waits for the store.
  const batches = yield* Scope.make()
  const inFlight = yield* Scope.provide(FiberSet.make<void>(), batches)
  let polls = 1
  /** Consecutive empty polls that returned early. */
  let early = 0
  /** The batch before, and the one before that. */
  let before: Batch | undefined
  let earlier: Batch | undefined

  const receive = (waitSeconds: number) =>
    queue.receive({ max: maxPoll, waitSeconds, visibilitySeconds })

  /** After an empty poll that began at `asked`. */
  const pauseIfEarly = Effect.fnUntraced(function* (asked: number) {
    const cameEarly = (yield* steadyMillis) - asked < earlyMillis
    early = cameEarly ? early + 1 : 0
    if (cameEarly) yield* Effect.sleep(earlyPauseMillis(early))
  })

  /** Further messages of a queue whose long poll was full: twice as many polls each time, while they are full too. */
  const receiveMore = Effect.gen(function* () {
    const more = yield* Effect.forEach(
      Array.from({ length: polls - 1 }),
      // One that fails here is the next one to fail, and reported then.
      () => Effect.orElseSucceed(receive(0), (): Deliveries => []),
      { concurrency: "unbounded" }
    )
    const all = more.flat()
    if (all.length === (polls - 1) * maxPoll) polls = Math.min(polls * 2, maxPolls)
    return all
  })

  const handle = (deliveries: Deliveries, written: Deferred.Deferred<void>) =>
    inProcessSpans(destination, deliveries, (failedTo) =>
      confirmBatch(deliveries, dueMails, written, failedTo, 0).pipe(
        Effect.ensuring(Deferred.succeed(written, undefined)),
        Effect.tapCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.void
            : Effect.logError("a batch failed: its messages come back", cause)
        )
      )
    ).pipe(
      Effect.catchCause(() => Effect.void),
      Effect.uninterruptible
    )

  // Only the waits are interruptible: what a poll returned always reaches a batch.
  const poll = Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const asked = yield* steadyMillis
      const first = yield* restore(receive(pollSeconds))
      if (first.length === 0) return yield* restore(pauseIfEarly(asked))
      early = 0
      if (first.length < maxPoll) polls = 1
      const deliveries = first.length < maxPoll ? first : [...first, ...(yield* receiveMore)]
      yield* Metric.update(messagesReceived, deliveries.length)
      yield* Metric.update(messageBatchSize, deliveries.length)
      // One batch is received while the one before is written, and its messages are acknowledged while the next is.
      // If the queue seems empty, messages that arrive meanwhile make one batch, which costs the store as much as one message.
      yield* restore(ready(before, earlier)).pipe(
        Effect.onInterrupt(() => changeVisibility(deliveries, 0))
      )
      earlier = before
      const written = Deferred.makeUnsafe<void>()
      before = { written, fiber: yield* FiberSet.run(inFlight, handle(deliveries, written)) }
      if (deliveries.length < maxPoll) yield* restore(Deferred.await(written))
    })
  )

  const poller = poll.pipe(
    Effect.sandbox,
    Effect.tapError((cause) => Effect.logWarning("the queue could not be polled", cause)),
    // Inside `forever`: every success starts the pauses afresh.
    Effect.retry(pollRetry),
    Effect.forever
  )

  /** A batch takes milliseconds, unless the store is away: then its messages are made visible again. */
  const drain = Effect.gen(function* () {
    yield* Effect.timeoutOption(FiberSet.awaitEmpty(inFlight), `${drainSeconds / 2} seconds`)
    const closing = yield* Effect.forkDetach(Scope.close(batches, Exit.void))
    const closed = yield* Effect.timeoutOption(Fiber.await(closing), `${drainSeconds / 2} seconds`)
    if (Option.isNone(closed))
      yield* Effect.logError("messages are left to their visibility timeout: out of time")
  })

  // Finalizers run in reverse: the poller stops, then the drain begins.
  yield* Effect.addFinalizer(() => drain)
  yield* Effect.forkScoped(poller)
})
