// Port: how fast mails may go out, all workers together. A token bucket that holds one token, so that
// sends are spread evenly; a throttle answer halves the rate, which recovers within a minute.
import { Context, type Effect } from "effect"

/** After a throttle answer: the full rate is back after so long. */
export const recoverySeconds = 60
/** The slowest, as a part of the highest rate. */
export const slowestPart = 1 / 16
/** Answers to sends of before the last slow-down say nothing about the rate since. */
export const slowDownSeconds = 1

export class SendRate extends Context.Service<
  SendRate,
  {
    /**
     * Waits for its turn and takes it; `false` at once, and nothing taken, where that is after `until`.
     * Never fails: while the shared bucket is away, each process counts alone.
     */
    readonly acquire: (until: Date) => Effect.Effect<boolean>
    /** Tells that the provider found the rate too high: everybody slows down. */
    readonly throttled: Effect.Effect<void>
  }
>()("services/messaging/SendRate") {}
