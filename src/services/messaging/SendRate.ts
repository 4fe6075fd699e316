// Port: the rate of mails of all processes together. A token bucket that is filled at the rate that the provider
// grants. Confirmations take available tokens; codes, which people wait for, may take tokens in advance. A throttle
// response halves the rate, which recovers within a minute.
import { Context, type Effect } from "effect"

/** After a throttle answer: the full rate is back after so long. */
export const recoverySeconds = 60
/** The slowest, as a part of the highest rate. */
export const slowestPart = 1 / 16
/** Responses to sends before the last slow-down say nothing about the rate after it. */
export const slowDownSeconds = 1
/** As many tokens as come in this time are kept while none is taken. */
export const burstSeconds = 0.1
/** Kept at any rate: a worker that comes a little late for a token then loses none. */
export const leastBurst = 2
/** The part of the rate that codes may take in advance, so that confirmations never stop. */
export const codesPart = 0.8
/** As many codes as come in this time at their part of the rate need not wait, at least `leastBurst`. */
export const codesBurstSeconds = 1

/** What `take` came to. */
export interface Tokens {
  readonly taken: number
  /** Until a further token is there; 0 where as many were taken as asked for. */
  readonly waitMillis: number
}

export class SendRate extends Context.Service<
  SendRate,
  {
    /**
     * Takes up to `max` of the tokens that are there; 0 takes nothing. Never waits and never fails: while the
     * shared bucket is away, each process counts alone, so that together they send at most the rate times their number.
     */
    readonly take: (max: number) => Effect.Effect<Tokens>
    /**
     * Takes a token for a code without a wait, in advance where none is there, while codes stay within their part of the
     * rate; else it waits for its turn. `false` without a wait, and nothing taken, where that is after `until`.
     */
    readonly takeForCode: (until: Date) => Effect.Effect<boolean>
    /** Tells that the provider found the rate too high: all processes slow down. */
    readonly throttled: Effect.Effect<void>
    /** The rate as it is now, in mails per second. */
    readonly current: Effect.Effect<number>
  }
>()("services/messaging/SendRate") {}
