// The event streams of orders that are open on this process. A waiting stream is a record, without its own fiber or
// timer: one loop checks each second which streams are due, and one reads the orders that have changed or may have
// changed. On hosts where no request may resume the work of another, each stream has its own loop.
import { Cause, Effect, Exit, Scope } from "effect"
import type { isStillLetIn } from "../services/accounts/isStillLetIn.ts"
import type { OrderId } from "../services/ids.ts"
import { countStreamRefusal } from "../services/metrics.ts"
import { lookAgain } from "../services/orders/followOrder.ts"
import { TooManyStreams } from "../services/orders/model/errors.ts"
import type { OrderProgress } from "../services/orders/model/OrderProgress.ts"
import { OrderChanges } from "../services/orders/ports/OrderChanges.ts"
import { StreamSlots } from "../services/orders/ports/StreamSlots.ts"
import type { Principal } from "../services/Principal.ts"
import { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { LinkedList } from "../services/runtime/LinkedList.ts"
import { Overloaded } from "../services/runtime/Overloaded.ts"
import { Readiness } from "../services/runtime/Readiness.ts"
import { steadyMillis } from "../services/time.ts"
import type { ApiRuntime, AppServices } from "./context.ts"
import { EventStream, encodeEvents, preamble, type StreamEvent } from "./EventStream.ts"

const tickMillis = 1000
const heartbeatMillis = 15_000
/** How often a session is checked, and the lease of the stream's slot renewed. */
const checkMillis = 60_000
/**
 * How often an order is read though no word of a change came: where words come through, and where they do not or the
 * last read failed.
 */
const readMillis = { heard: 30_000, unheard: 5000 } as const
/** How many orders are read at the same time, all streams together. */
const readsAtOnce = 64
/** A read that takes longer is abandoned. */
const readTimeout = "5 seconds"

/** The events of a stream about its order, with ascending ids. */
export interface Telling {
  /** The events from the id `next` on. */
  readonly events: (progress: OrderProgress, next: number) => ReadonlyArray<StreamEvent>
  /** The id after the last of them. */
  readonly nextAfter: (progress: OrderProgress) => number
}

/** Each entry of the timeline, by its index. */
export const entries: Telling = {
  events: ({ timeline }, next) => timeline.slice(next).map((data, i) => ({ id: next + i, data })),
  nextAfter: ({ timeline }) => timeline.length
}

/** That the order has changed: its version alone, and only the newest. */
export const versions: Telling = {
  events: ({ version }, next) => (version < next ? [] : [{ id: version, data: version }]),
  nextAfter: ({ version }) => version + 1
}

/** The request of a client to follow an order. */
export interface Following {
  readonly principal: Principal
  readonly orderId: OrderId
  /** The progress of the order at the time of the request. */
  readonly progress: OrderProgress
  readonly telling: Telling
  /** The id of the first event that the client does not have. */
  readonly next: number
  /** Whether its session still allows the stream: checked each minute. */
  readonly isLetIn: Effect.Effect<
    boolean,
    Effect.Error<ReturnType<typeof isStillLetIn>>,
    AppServices
  >
}

export interface OrderStreams {
  /**
   * The body of a new stream. Refused while the process stops or has too many streams, and where the user has too many.
   * A body that is not read ends by itself.
   */
  readonly open: (
    following: Following
  ) => Effect.Effect<EventStream["body"], Overloaded | TooManyStreams, AppServices>
  /** How many are open. */
  readonly count: () => number
  /** Ends all of them. */
  readonly disposal: Effect.Effect<void>
}

/** The first events of a stream: all of them if the order is settled. */
export const beginningOf = ({ telling, progress, next }: Following): string =>
  preamble + encodeEvents(telling.events(progress, next))

/** A stream, as the loops see it. Times are in milliseconds, by a clock that only goes forward. */
interface Stream {
  readonly events: EventStream
  readonly principal: Principal
  readonly orderId: OrderId
  readonly telling: Telling
  readonly isLetIn: Following["isLetIn"]
  /** Who holds the user's slot. */
  readonly holder: string
  /** Frees the slot, and ends the watch. */
  readonly scope: Scope.Closeable
  next: number
  /** Of the order as it was sent. */
  version: number
  /** Whether it waits to be read. */
  isQueued: boolean
  /** Whether the last read failed. */
  hasFailed: boolean
  lastBeat: number
  lastRead: number
  lastCheck: number
}

const show = (stream: Stream, progress: OrderProgress): void => {
  if (progress.version <= stream.version) return
  stream.version = progress.version
  const events = stream.telling.events(progress, stream.next)
  if (events.length > 0) stream.events.send(encodeEvents(events))
  stream.next = stream.telling.nextAfter(progress)
  if (progress.settled) stream.events.end()
}

/** Whether the stream may continue: its user still has the right, and a slot. */
const check = Effect.fnUntraced(function* ({ principal, holder, isLetIn }: Stream) {
  const holds = yield* StreamSlots.use((slots) => slots.hold(principal.userId, holder))
  return holds && (yield* isLetIn)
})

const read = Effect.fnUntraced(function* (stream: Stream) {
  const now = yield* steadyMillis
  if (now - stream.lastCheck >= checkMillis) {
    stream.lastCheck = now
    if (!(yield* check(stream))) stream.events.end()
  }
  if (stream.events.isOver) return
  stream.lastRead = now
  stream.hasFailed = true
  const progress = yield* lookAgain(stream.orderId)
  stream.hasFailed = false
  show(stream, progress)
})

/** While a store is unavailable the stream stays open: missed events are read later. */
const readSafely = (stream: Stream): Effect.Effect<void, never, AppServices> =>
  read(stream).pipe(
    Effect.timeoutOption(readTimeout),
    Effect.catchTag("OrderNotFound", () => Effect.sync(() => stream.events.end())),
    Effect.catchCause((cause) =>
      Cause.hasDies(cause)
        ? Effect.andThen(
            Effect.sync(() => stream.events.end()),
            Effect.logError("an event stream failed", cause)
          )
        : Effect.void
    )
  )

/** What holds for all streams in one turn of the loop. */
const situation = Effect.gen(function* () {
  const now = yield* steadyMillis
  const draining = yield* Readiness.use((readiness) => readiness.draining)
  const hears = yield* OrderChanges.use((changes) => changes.hears)
  return { now, draining, readAfter: hears ? readMillis.heard : readMillis.unheard }
})

/** Does the due work without waiting; returns whether a read is due. */
const turn = (stream: Stream, { now, draining, readAfter }: Effect.Success<typeof situation>) => {
  if (draining) stream.events.end()
  else if (now - stream.lastBeat >= heartbeatMillis) {
    stream.lastBeat += heartbeatMillis
    stream.events.beat()
  }
  if (stream.events.isOver) return false
  const readDue = now - stream.lastRead >= (stream.hasFailed ? readMillis.unheard : readAfter)
  return readDue || now - stream.lastCheck >= checkMillis
}

export const makeOrderStreams = (
  runtime: ApiRuntime,
  { sharesTimer, maxStreams }: { readonly sharesTimer: boolean; readonly maxStreams: number }
): OrderStreams => {
  const streams = new LinkedList<Stream>()
  /** Those that are about to be streams. */
  let opening = 0
  const queue = new LinkedList<Stream>()
  let readers = 0
  let isTicking = false
  let isDisposed = false

  const enqueue = (stream: Stream): void => {
    if (stream.isQueued || stream.events.isOver) return
    stream.isQueued = true
    queue.add(stream)
    if (readers === readsAtOnce) return
    readers += 1
    runtime.runFork(readQueued)
  }

  const readQueued = Effect.gen(function* () {
    for (let entry = queue.first; entry !== undefined; entry = queue.first) {
      queue.remove(entry)
      // A word that comes during the read has it read again.
      entry.value.isQueued = false
      yield* readSafely(entry.value)
    }
    readers -= 1
  })

  const tick = Effect.gen(function* () {
    while (streams.size > 0) {
      yield* Effect.sleep(tickMillis)
      const now = yield* situation
      for (const stream of [...streams]) if (turn(stream, now)) enqueue(stream)
    }
    isTicking = false
  })

  const tickAlone = Effect.fnUntraced(function* (stream: Stream) {
    while (!stream.events.isOver) {
      yield* Effect.sleep(tickMillis)
      if (turn(stream, yield* situation)) yield* readSafely(stream)
    }
  })

  const start = (stream: Stream): void => {
    if (!sharesTimer) runtime.runFork(tickAlone(stream))
    else if (!isTicking) {
      isTicking = true
      runtime.runFork(tick)
    }
  }

  const begin = Effect.fnUntraced(function* (following: Following) {
    const { principal, orderId, progress, telling, isLetIn } = following
    const { userId } = principal
    const holder = yield* IdGenerator.use((ids) => ids.next)
    const slots = yield* StreamSlots
    if (!(yield* slots.hold(userId, holder))) {
      yield* countStreamRefusal.user
      return yield* new TooManyStreams()
    }
    const now = yield* steadyMillis
    const scope = yield* Scope.make()
    const stream: Stream = {
      events: new EventStream(beginningOf(following), () => leave()),
      principal,
      orderId,
      telling,
      isLetIn,
      holder,
      scope,
      next: telling.nextAfter(progress),
      version: progress.version,
      isQueued: false,
      hasFailed: false,
      lastBeat: now,
      lastRead: now,
      lastCheck: now
    }
    const entry = streams.add(stream)
    const leave = (): void => {
      streams.remove(entry)
      if (!isDisposed) runtime.runFork(Scope.close(scope, Exit.void))
    }
    yield* Scope.addFinalizer(scope, slots.release(userId, holder))
    const changes = yield* OrderChanges
    const wake = (version: number): void => {
      if (sharesTimer && version > stream.version) enqueue(stream)
    }
    yield* Scope.provide(changes.watch(orderId, wake), scope)
    start(stream)
    return stream.events.body
  })

  return {
    open: (following) =>
      Effect.gen(function* () {
        const { draining } = yield* situation
        const isFull = opening + streams.size >= maxStreams
        if (isFull) yield* countStreamRefusal.process
        if (draining || isFull) return yield* new Overloaded({ resource: "event streams" })
        opening += 1
        return yield* Effect.onExit(begin(following), () =>
          Effect.sync(() => {
            opening -= 1
          })
        )
        // Interrupted half way, it would hold what nothing releases.
      }).pipe(Effect.uninterruptible),
    count: () => streams.size,
    disposal: Effect.suspend(() => {
      isDisposed = true
      const open = [...streams]
      for (const { events } of open) events.end()
      return Effect.forEach(open, ({ scope }) => Scope.close(scope, Exit.void), {
        concurrency: readsAtOnce,
        discard: true
      })
    })
  }
}
