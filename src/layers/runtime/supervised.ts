// Background work that nothing awaits: its defects are logged and counted.
import { Cause, Effect } from "effect"
import { countBackgroundFailure } from "../../services/metrics.ts"

/** Logs and counts a defect; an interruption passes. */
export const supervised = <R>(work: Effect.Effect<void, never, R>): Effect.Effect<void, never, R> =>
  Effect.tapCause(work, (cause) =>
    Cause.hasInterruptsOnly(cause)
      ? Effect.void
      : Effect.logError("background work died", cause).pipe(
          Effect.andThen(countBackgroundFailure.defect)
        )
  )
