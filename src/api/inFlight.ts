// The requests that are not answered yet, and their deadline. One timer serves all of them: it sleeps until the oldest
// one is due. Where no request may resume the work of another, each has a timer of its own.
import { Clock, Duration, Effect, type Fiber } from "effect"

type Fork = (effect: Effect.Effect<void>) => Fiber.Fiber<void, unknown>

export interface InFlightRequest {
  /** By the monotonic clock, in nanoseconds. */
  readonly startedAt: bigint
  /** Its deadline has come. */
  readonly expire: () => void
  /** The runtime ends. */
  readonly dispose: () => void
}

/** Whatever ends a request removes it. */
export interface InFlight {
  readonly add: (request: InFlightRequest) => void
  readonly remove: (request: InFlightRequest) => void
  /** Ends all of them. */
  readonly disposal: Effect.Effect<void>
}

/** Where the end of one request throws, the others end all the same. */
const endEach = (ends: ReadonlyArray<() => void>): Effect.Effect<void> =>
  Effect.forEach(
    ends,
    (end) =>
      Effect.catchDefect(Effect.sync(end), (defect) =>
        Effect.logError("a request could not be ended", defect)
      ),
    { discard: true }
  )

export const makeInFlight = (
  fork: Fork,
  deadline: Duration.Input,
  options: { readonly sharesTimer: boolean }
): InFlight => {
  // In the order of insertion. All have the same deadline, so the first one is due first.
  const waiting = new Set<InFlightRequest>()
  const timer = options.sharesTimer
    ? sharedTimer(fork, deadline, waiting)
    : ownTimers(fork, deadline)
  return {
    add: (request) => {
      waiting.add(request)
      timer.start(request)
    },
    remove: (request) => {
      waiting.delete(request)
      timer.stop(request)
    },
    disposal: Effect.suspend(() => endEach(Array.from(waiting, ({ dispose }) => dispose)))
  }
}

interface Timer {
  readonly start: (request: InFlightRequest) => void
  readonly stop: (request: InFlightRequest) => void
}

const sharedTimer = (
  fork: Fork,
  deadline: Duration.Input,
  waiting: ReadonlySet<InFlightRequest>
): Timer => {
  const nanos = BigInt(Math.round(Duration.toMillis(deadline))) * 1_000_000n
  let timer: Fiber.Fiber<void, unknown> | undefined

  const fire = Effect.gen(function* () {
    // What follows stops timers: this one is none any more.
    timer = undefined
    const now = yield* Clock.monotonicTimeNanos
    const late = [...waiting].filter(({ startedAt }) => startedAt + nanos <= now)
    yield* endEach(late.map(({ expire }) => expire))
    for (const first of waiting) return start(first)
  })

  const start = (first: InFlightRequest): void => {
    timer ??= fork(
      Effect.flatMap(Clock.monotonicTimeNanos, (now) => {
        const left = first.startedAt + nanos - now
        return Effect.delay(fire, Duration.nanos(left > 0n ? left : 0n))
      })
    )
  }

  return {
    start,
    stop: () => {
      if (waiting.size > 0) return
      // It would keep an idle process alive.
      timer?.interruptUnsafe()
      timer = undefined
    }
  }
}

const ownTimers = (fork: Fork, deadline: Duration.Input): Timer => {
  const timers = new Map<InFlightRequest, Fiber.Fiber<void, unknown>>()
  return {
    start: (request) => {
      timers.set(request, fork(Effect.delay(endEach([request.expire]), deadline)))
    },
    stop: (request) => {
      timers.get(request)?.interruptUnsafe()
      timers.delete(request)
    }
  }
}
