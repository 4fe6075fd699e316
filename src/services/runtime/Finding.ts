// The result of a check of the system: one row for each check.
import { Cause, Duration, Effect } from "effect"

export interface Verdict {
  /** `warning`: it works, and less well or for less long than it could. */
  readonly state: "ok" | "warning" | "failure"
  /** A sentence without secrets. */
  readonly says: string
  /** What to do about it; with every state but `ok`. */
  readonly mend?: string
}

export interface Finding extends Verdict {
  /** What was examined, such as `MongoDB`. */
  readonly part: string
  /** The checked property of it. */
  readonly check: string
}

export const ok = (says: string): Verdict => ({ state: "ok", says })
export const warning = (says: string, mend: string): Verdict => ({ state: "warning", says, mend })
export const failure = (says: string, mend: string): Verdict => ({ state: "failure", says, mend })

/** Of one check, unless it names its own. */
const deadline = Duration.seconds(8)

/** Named by code or name: messages of client libraries quote hosts, documents and keys. */
const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown"
  return "codeName" in error && typeof error.codeName === "string" ? error.codeName : error.name
}

/** Ends within its time and never fails: a check that fails is a finding, and does not stop the others. */
export const look = <E, R>(
  part: string,
  check: string,
  verdict: Effect.Effect<Verdict, E, R>
): Effect.Effect<Finding, never, R> =>
  verdict.pipe(
    Effect.timeoutOrElse({
      duration: deadline,
      orElse: () =>
        Effect.succeed(
          failure("does not answer in time", "see whether it is up, and what lies between")
        )
    }),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.succeed(
            failure(
              `could not be checked (${nameOf(Cause.squash(cause))})`,
              "see the log, with LOG_LEVEL=debug if need be"
            )
          )
    ),
    Effect.map((found) => ({ part, check, ...found }))
  )
