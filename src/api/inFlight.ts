// The requests that are not answered yet, and their deadline. One timer serves all of them: it sleeps until the oldest
// one is due. On hosts where no request may resume the work of another, each has its own timer.
import { Clock, Duration, Effect, type Fiber } from "effect"
import { LinkedList } from "../services/runtime/LinkedList.ts"

type Fork = (effect: Effect.Effect<void>) => Fiber.Fiber<void, unknown>

export interface InFlightRequest {
  /** By the monotonic clock, in nanoseconds. */
  readonly startedAt: bigint
  /** Its deadline has come. */
  readonly expire: () => void
  /** The runtime ends. */
  readonly dispose: () => void
}

export interface InFlight {
  /** Call what it returns when the request ends. */
  readonly add: (request: InFlightRequest) => () => void
  /** Ends all of them. */
  readonly disposal: Effect.Effect<void>
}

/** If the end callback of one request throws, the others still end. */
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
  // All have the same deadline, so the first one is due first.
  const waiting = new LinkedList<InFlightRequest>()
  const timer = options.sharesTimer
    ? sharedTimer(fork, deadline, waiting)
    : ownTimers(fork, deadline)
  return {
    add: (request) => {
      const entry = waiting.add(request)
      const stop = timer.start(request)
      return () => {
        waiting.remove(entry)
        stop()
      }
    },
    disposal: Effect.suspend(() => endEach(Array.from(waiting, ({ dispose }) => dispose)))
  }
}

interface Timer {
  /** Call what it returns when the request has ended. */
  readonly start: (request: InFlightRequest) => () => void
}

const sharedTimer = (
  fork: Fork,
  deadline: Duration.Input,
  waiting: LinkedList<InFlightRequest>
): Timer => {
  const nanos = BigInt(Math.round(Duration.toMillis(deadline))) * 1_000_000n
  let timer: Fiber.Fiber<void, unknown> | undefined

  const fire = Effect.gen(function* () {
    // The following code stops timers, and this one has already fired.
    timer = undefined
    const now = yield* Clock.monotonicTimeNanos
    const late = [...waiting].filter(({ startedAt }) => startedAt + nanos <= now)
    yield* endEach(late.map(({ expire }) => expire))
    if (waiting.first !== undefined) sleepFor(waiting.first.value)
  })

  const sleepFor = (first: InFlightRequest): void => {
    timer ??= fork(
      Effect.flatMap(Clock.monotonicTimeNanos, (now) => {
        const left = first.startedAt + nanos - now
        return Effect.delay(fire, Duration.nanos(left > 0n ? left : 0n))
      })
    )
  }

  const stop = (): void => {
    if (waiting.size > 0) return
    // It would keep an idle process alive.
    timer?.interruptUnsafe()
    timer = undefined
  }

  return {
    start: (request) => {
      sleepFor(request)
      return stop
    }
  }
}

const ownTimers = (fork: Fork, deadline: Duration.Input): Timer => ({
  start: ({ expire }) => {
    const timer = fork(Effect.delay(endEach([expire]), deadline))
    return () => timer.interruptUnsafe()
  }
})
