// Group commit: requests that arrive while a batch commits form the next one, as a database's log does.
// No order waits for others to arrive: at low load a batch is one order. Every caller gets an answer, also at shutdown.
import { Cause, Clock, Deferred, Effect, Exit, Fiber, Latch, Layer, Metric, Schedule } from "effect"
import { countRefused, orderBatchSize, ordersWaiting, readGauge } from "../../services/metrics.ts"
import type { OrderDraft, Placement } from "../../services/orders/model/allocate.ts"
import { OrderBatcher } from "../../services/orders/ports/OrderBatcher.ts"
import type { OrderCache } from "../../services/orders/ports/OrderCache.ts"
import type { OrderQueue } from "../../services/orders/ports/OrderQueue.ts"
import {
  OrderStore,
  OrderStoreError,
  type Unplaceable
} from "../../services/orders/ports/OrderStore.ts"
import type { Background } from "../../services/runtime/Background.ts"
import { type Entry, LinkedList } from "../../services/runtime/LinkedList.ts"
import { Overloaded } from "../../services/runtime/Overloaded.ts"
import { type Concluded, makeConclude } from "./concludePlacements.ts"

/** The most orders of one transaction. */
export const maxBatch = 128
/**
 * The most callers that wait for a batch; more are refused without waiting. With one batch this is fewer than the
 * requests that a process admits, so that waiting orders leave room for reads.
 */
export const maxWaiting = 750
/** Whose batch has not begun after so long is refused: it would hardly be answered in time. */
export const maxWaitSeconds = 5
/** How long shutdown commits waiting orders before it refuses the rest. */
export const shutdownSeconds = 10

interface Waiting {
  /** In milliseconds, as the clock shows them. */
  readonly since: number
  readonly draft: OrderDraft
  readonly answer: Deferred.Deferred<Placement, OrderStoreError | Overloaded>
}

const overloaded = new Overloaded({ resource: "order batcher" })

export const layer: Layer.Layer<
  OrderBatcher,
  never,
  OrderStore | OrderCache | OrderQueue | Background
> = Layer.effect(
  OrderBatcher,
  Effect.gen(function* () {
    const store = yield* OrderStore
    const conclude = yield* makeConclude
    // Not a queue: a caller that leaves makes room for others.
    const line = new LinkedList<Waiting>()
    const arrived = yield* Latch.make(false)
    let closed = false
    yield* readGauge(ordersWaiting, () => line.size)

    /** From the front of the line: at most `most`, up to the first that is not wanted. */
    const take = (
      most: number,
      isWanted: (waiting: Waiting) => boolean
    ): ReadonlyArray<Waiting> => {
      const taken: Array<Waiting> = []
      for (let { first } = line; first !== undefined; first = line.first) {
        if (taken.length === most || !isWanted(first.value)) break
        taken.push(first.value)
        line.remove(first)
      }
      return taken
    }

    const takeBatch = (): ReadonlyArray<Waiting> => {
      const batch = take(maxBatch, () => true)
      if (line.size === 0) Latch.closeUnsafe(arrived)
      return batch
    }

    const place = (batch: ReadonlyArray<Waiting>) =>
      store.place(batch.map(({ draft }) => draft)).pipe(
        Effect.filterOrElse(
          (placements) => placements.length === batch.length,
          () => Effect.die(new Error("a store must answer every draft of a batch"))
        )
      )

    const answer = (
      batch: ReadonlyArray<Waiting>,
      placements: ReadonlyArray<Placement | Unplaceable>
    ) => {
      const concluded: Array<Concluded> = []
      for (const [i, { answer, draft }] of batch.entries()) {
        const placement = placements[i]
        if (placement === undefined) continue
        const exit =
          placement._tag === "Unplaceable" ? Exit.die(placement.defect) : Exit.succeed(placement)
        Deferred.doneUnsafe(answer, exit)
        concluded.push({ placement, traceparent: draft.traceparent })
      }
      return conclude(concluded)
    }

    /** All callers of the batch get the failure. An interrupted commit may have happened, so it is no `Overloaded`. */
    const refuse = (batch: ReadonlyArray<Waiting>, cause: Cause.Cause<OrderStoreError>) => {
      const failure = Cause.hasInterruptsOnly(cause)
        ? Cause.fail(new OrderStoreError({ operation: "place", cause: "interrupted by shutdown" }))
        : cause
      for (const { answer } of batch) Deferred.doneUnsafe(answer, Exit.failCause(failure))
      return countRefused(Cause.hasDies(cause) ? "defect" : "unavailable", batch.length)
    }

    const commit = (batch: ReadonlyArray<Waiting>) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Effect.exit(restore(place(batch))), (exit) =>
          Exit.isSuccess(exit) ? answer(batch, exit.value) : refuse(batch, exit.cause)
        )
      )

    const committer = yield* Effect.gen(function* () {
      while (!closed || line.size > 0) {
        yield* arrived.await
        const batch = takeBatch()
        if (batch.length === 0) continue
        yield* Metric.update(orderBatchSize, batch.length)
        yield* commit(batch)
      }
    }).pipe(Effect.forkScoped)

    const shed = Effect.clockWith((clock) => {
      const until = clock.currentTimeMillisUnsafe() - maxWaitSeconds * 1000
      // The line is in the order of arrival.
      const late = take(maxWaiting, ({ since }) => since <= until)
      for (const { answer } of late) Deferred.doneUnsafe(answer, Exit.fail(overloaded))
      return late.length === 0 ? Effect.void : countRefused("overloaded", late.length)
    })
    // While no order waits, nothing wakes up.
    const shedLate = Effect.andThen(arrived.await, shed)
    yield* Effect.forkScoped(Effect.repeat(shedLate, Schedule.spaced("250 millis")))

    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        closed = true
        Latch.openUnsafe(arrived)
        yield* Effect.timeoutOption(Fiber.await(committer), `${shutdownSeconds} seconds`)
        yield* Fiber.interrupt(committer)
        for (const { answer } of line) Deferred.doneUnsafe(answer, Exit.fail(overloaded))
      })
    )

    return OrderBatcher.of({
      place: Effect.fnUntraced(function* (draft) {
        const waiting: Waiting = {
          since: yield* Clock.currentTimeMillis,
          draft,
          answer: Deferred.makeUnsafe()
        }
        let entry: Entry<Waiting> | undefined
        const wait = Effect.suspend(() => {
          if (closed || line.size >= maxWaiting)
            return Effect.andThen(countRefused("overloaded", 1), Effect.fail(overloaded))
          entry = line.add(waiting)
          Latch.openUnsafe(arrived)
          return Deferred.await(waiting.answer)
        })
        return yield* Effect.onInterrupt(wait, () =>
          Effect.sync(() => {
            if (entry !== undefined) line.remove(entry)
          })
        )
      })
    })
  })
)
