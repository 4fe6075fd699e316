// Whether mails can be sent at all. An outage, a throttle or a denial says nothing about the mail that got it, so no
// further mails are claimed: then one mail at a time is a probe, at growing intervals, until one is accepted.
import { Effect, Latch } from "effect"
import { steadyMillis } from "../services/time.ts"

const firstPauseMillis = 500
const maxPauseMillis = 60_000

/** The number of mails that may be claimed now; 0: none before `waitMillis`. */
export interface Admission {
  readonly max: number
  readonly waitMillis: number
  /** The mail that is claimed on it decides whether the gate opens. */
  readonly probe: boolean
}

export interface MailGate {
  readonly admit: (max: number) => Effect.Effect<Admission>
  /** Waits until the gate opens, or this many milliseconds have passed. */
  readonly wait: (millis: number) => Effect.Effect<void>
  /** A mail was accepted, or refused for a reason of its own: the mail service works. */
  readonly succeeded: (probe: boolean) => Effect.Effect<void>
  /** A mail failed by an outage, a throttle or a denial. */
  readonly failed: (probe: boolean) => Effect.Effect<void>
}

export const makeMailGate = Effect.gen(function* () {
  let open = true
  const opened = yield* Latch.make(true)
  let pause = firstPauseMillis
  let nextProbeAt = Number.NEGATIVE_INFINITY

  const close = (millis: number, pauseMillis: number) => {
    open = false
    Latch.closeUnsafe(opened)
    pause = pauseMillis
    nextProbeAt = millis + pauseMillis
  }

  const gate: MailGate = {
    admit: (max) =>
      Effect.map(steadyMillis, (millis): Admission => {
        if (open) return { max, waitMillis: 0, probe: false }
        if (millis < nextProbeAt) return { max: 0, waitMillis: nextProbeAt - millis, probe: false }
        // Should this probe come to nothing, such as where its order is cancelled, the next one follows.
        nextProbeAt = millis + pause
        return { max: 1, waitMillis: 0, probe: true }
      }),
    wait: (millis) => Effect.asVoid(Effect.timeoutOption(opened.await, millis)),
    succeeded: (probe) =>
      Effect.suspend(() => {
        if (open || !probe) return Effect.void
        open = true
        Latch.openUnsafe(opened)
        return Effect.logInfo("mails can be sent again")
      }),
    // Others of the same time say nothing new.
    failed: (probe) =>
      Effect.flatMap(steadyMillis, (millis) => {
        if (open) {
          close(millis, firstPauseMillis)
          return Effect.logWarning("mails cannot be sent: they wait, and one at a time is tried")
        }
        if (probe) close(millis, Math.min(pause * 2, maxPauseMillis))
        return Effect.void
      })
  }
  return gate
})
