// Every wait of the worker, and after how many deliveries a message is left to others, in one place.
import { Cause, Duration, Effect, Option, Schedule } from "effect"
import type { OrderQueueError } from "../services/orders/ports/OrderQueue.ts"
import { kindOfQueueError } from "./failures.ts"

export const deniedPause = Duration.seconds(60)

const isDenied = (cause: Cause.Cause<OrderQueueError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), (error) => kindOfQueueError(error) === "denied")

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
const maxFailureHideSeconds = 120

/**
 * How long a message is hidden after its n-th delivery met an outage: 0.5, 1, 2 minutes; from the
 * `handOverDeliveries`-th on, after how long the watchdog looks after the order instead.
 */
export const outageSeconds = (receiveCount: number): number =>
  firstHideSeconds * 2 ** (Math.min(receiveCount, handOverDeliveries) - 1)

/** How long a message is hidden after processing its n-th delivery failed: 0.5, 1, then 2 minutes. */
export const failureSeconds = (receiveCount: number): number =>
  Math.min(firstHideSeconds * 2 ** (receiveCount - 1), maxFailureHideSeconds)

/**
 * From this delivery on, a message whose delivery meets an outage or a throttle is deleted, and a fresh one
 * is sent: by the watchdog, or at once where nobody can tell whether it has such an order. So outages do
 * not wear a message out: whatever its queue counts beyond this was something else.
 */
export const handOverDeliveries = 4

/**
 * From this delivery on, a message that cannot be processed is set aside, with its order flagged: at
 * least `giveUpDeliveries - handOverDeliveries` deliveries ended without an outage then. A queue's own
 * `maxReceiveCount` must be larger.
 */
export const giveUpDeliveries = 7

/** After how long the watchdog looks again after an order whose message was set aside. */
export const setAsideSeconds = 3600
