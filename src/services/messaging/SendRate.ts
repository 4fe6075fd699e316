// Port: the rate of mails of all processes together. A token bucket that is filled at the rate that the provider
// grants. Confirmations take available tokens; codes, which people wait for, may take tokens in advance. A throttle
// response halves the rate, which recovers within a minute.
import { Context, type Effect } from "effect"

/** After a throttle response the rate recovers fully in this time. */
export const recoverySeconds = 60
/** The lowest rate, as a share of the highest. */
export const slowestPart = 1 / 16
/** Responses to sends before the last slow-down say nothing about the rate after it. */
export const slowDownSeconds = 1
/** While no token is taken, the tokens of this time are kept. */
export const burstSeconds = 0.1
/** Kept at any rate, so that a worker that is slightly late for a token loses none. */
export const leastBurst = 2
/** The part of the rate that codes may take in advance, so that confirmations never stop. */
export const codesPart = 0.8
/** The codes of this time at their share of the rate need not wait, at least `leastBurst`. */
export const codesBurstSeconds = 1

/** The result of `take`. */
export interface Tokens {
  readonly taken: number
  /** The time until the next token; 0 if all requested tokens were taken. */
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
    /** Reports that the provider throttled: all processes slow down. */
    readonly throttled: Effect.Effect<void>
    /** The rate as it is now, in mails per second. */
    readonly current: Effect.Effect<number>
  }
>()("services/messaging/SendRate") {}
