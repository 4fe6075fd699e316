// Every wait of the worker, and the number of deliveries after which a message is dead-lettered, in one place.
import { Cause, Duration, Effect, Option, Schedule } from "effect"
import type { OrderQueueError } from "../services/orders/ports/OrderQueue.ts"

const deniedPause = Duration.seconds(60)

const isDenied = (cause: Cause.Cause<OrderQueueError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), ({ reason }) => reason === "denied")

/** Between failed polls: 0.2 s, doubling to 5 s; a minute if the credentials or the queue are wrong. */
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

/** An empty poll that comes back sooner did not wait as it was asked to. */
export const earlyMillis = 1000

/**
 * How long the next poll waits after the n-th empty one in a row that came back early: 0.1 s doubling to 1 s. Some
 * servers and proxies answer a long poll without a wait, and would be polled hundreds of times a second.
 */
export const earlyPauseMillis = (count: number): number => Math.min(100 * 2 ** (count - 1), 1000)

/** While the store is away: 0.2 s doubling to 5 s, without end. */
export const storeRetry = Schedule.min([
  Schedule.exponential("200 millis"),
  Schedule.spaced("5 seconds")
]).pipe(Schedule.jittered)

/** For records of mails, without end, at short intervals, since the leases of those mails run: 0.1 s doubling to 1 s. */
export const recordRetry = Schedule.min([
  Schedule.exponential("100 millis"),
  Schedule.spaced("1 second")
]).pipe(Schedule.jittered)

/** For calls whose failure only means that a message is delivered again: 0.2, 0.4 s. */
export const shortRetry = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 2 })
)

/** Between two rounds of the watchdog; the jitter keeps many workers apart. */
export const watchdogPause = Schedule.spaced("15 seconds").pipe(Schedule.jittered)

const firstHideSeconds = 30
const maxHideSeconds = 120

/** How long a message is hidden after its n-th delivery could not be processed: 0.5, 1, then 2 minutes. */
export const failureSeconds = (receiveCount: number): number =>
  Math.min(firstHideSeconds * 2 ** (receiveCount - 1), maxHideSeconds)

/**
 * From this delivery on, a message whose order cannot be confirmed is set aside, with its order flagged. A queue's
 * own `maxReceiveCount` must be larger.
 */
export const giveUpDeliveries = 7

/** A batch that can't reach the store is hidden from other workers for as long. */
export const outageSeconds = 900

/** The time from a message's first delivery to the one at which it is dead-lettered, with an outage in between. */
export const giveUpSeconds =
  outageSeconds +
  Array.from({ length: giveUpDeliveries - 1 }, (_, i) => failureSeconds(i + 1)).reduce(
    (sum, seconds) => sum + seconds,
    0
  )
