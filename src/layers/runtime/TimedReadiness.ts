// Readiness from a list of checks: each is cut off after 2 s, and one that dies is a problem, not an
// answer of 500.
import { Effect, Layer, Option, Ref } from "effect"
import { type DependencyCheck, Readiness } from "../../services/runtime/Readiness.ts"

const bounded = (check: DependencyCheck): DependencyCheck => ({
  ...check,
  problem: check.problem.pipe(
    Effect.timeoutOrElse({
      duration: "2 seconds",
      orElse: () => Effect.succeedSome("no answer within 2 s")
    }),
    Effect.catchDefect((defect) =>
      Effect.as(
        Effect.logError(`the check of ${check.name} died`, defect),
        Option.some("the check failed")
      )
    )
  )
})

/** `checks` is an effect so that it can take the clients that it asks from their layers. */
export const layer = <E, R>(
  checks: Effect.Effect<ReadonlyArray<DependencyCheck>, E, R>
): Layer.Layer<Readiness, E, R> =>
  Layer.effect(
    Readiness,
    Effect.gen(function* () {
      const list = yield* checks
      const draining = yield* Ref.make(false)
      return Readiness.of({
        checks: list.map(bounded),
        draining: Ref.get(draining),
        startDraining: Ref.set(draining, true)
      })
    })
  )
