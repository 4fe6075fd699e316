// Every wait of the worker, in one place.
import { Cause, Duration, Effect, Option, Schedule } from "effect"
import type { OrderQueueError } from "../services/orders/OrderQueue.ts"

const deniedPause = Duration.seconds(60)

const isDenied = (cause: Cause.Cause<OrderQueueError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), ({ reason }) => reason === "denied")

/** Between failed polls: 0.2 s, doubling to 5 s; a minute where the credentials or the queue are wrong. */
export const pollRetry = Schedule.min([
  Schedule.exponential("200 millis"),
  Schedule.spaced("5 seconds")
]).pipe(
  Schedule.setInputType<Cause.Cause<OrderQueueError>>(),
  Schedule.modifyDelay(({ input, duration }) =>
    Effect.succeed(isDenied(input) ? deniedPause : duration)
  ),
  Schedule.jittered
)

/** Between attempts on one delivery: 0.5, 1, 2, 4, 8 s. Later ones are for its next delivery. */
export const workRetry = Schedule.exponential("500 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 5 })
)

/** For what is known already and only has to be written down: 0.2 s doubling to 5 s, about 21 s. */
export const recordRetry = Schedule.min([
  Schedule.exponential("200 millis"),
  Schedule.spaced("5 seconds")
]).pipe(Schedule.jittered, Schedule.upTo({ times: 8 }))

/** For calls whose failure only means that a message comes back: 0.2, 0.4 s. */
export const shortRetry = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 2 })
)

/** Between two rounds of the watchdog; the jitter keeps many workers apart. */
export const watchdogPause = Schedule.spaced("15 seconds").pipe(Schedule.jittered)

const firstHideSeconds = 30
const maxHideSeconds = 900

/** How long a message is hidden after its n-th delivery failed: 0.5, 1, 2 … 15 minutes. */
export const hideSeconds = (receiveCount: number): number =>
  Math.min(firstHideSeconds * 2 ** (receiveCount - 1), maxHideSeconds)
