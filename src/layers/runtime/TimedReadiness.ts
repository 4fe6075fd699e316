// Readiness from a list of checks. A dependency is checked at most once a second: all readiness requests share one
// check and its result. Each check ends after 2 s, and a check that dies is a problem, not a 500. The state of draining
// is always current.
import { Effect, Fiber, Layer, Option, Ref, Scope } from "effect"
import { type DependencyCheck, Readiness } from "../../services/runtime/Readiness.ts"

/** Counted from the answer. Balancers ask every few seconds and act on several answers in a row. */
const answerHolds = "1 second"

const bounded = (check: DependencyCheck): DependencyCheck["problem"] =>
  check.problem.pipe(
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

/**
 * The question runs in `scope`, not in the request that put it. Otherwise clients that leave before the answer
 * would have the dependency asked again by each next one.
 */
const shared = Effect.fnUntraced(function* (check: DependencyCheck, scope: Scope.Scope) {
  const answer = yield* Effect.cachedWithTTL(bounded(check), answerHolds)
  const asked = Effect.forkIn(answer, scope, { startImmediately: true })
  return { ...check, problem: Effect.flatMap(asked, Fiber.join) }
})

/** `checks` is an effect so that it can take the clients that it asks from their layers. */
export const layer = <E, R>(
  checks: Effect.Effect<ReadonlyArray<DependencyCheck>, E, R>
): Layer.Layer<Readiness, E, R> =>
  Layer.effect(
    Readiness,
    Effect.gen(function* () {
      const scope = yield* Scope.Scope
      const list = yield* Effect.forEach(yield* checks, (check) => shared(check, scope))
      const draining = yield* Ref.make(false)
      return Readiness.of({
        checks: list,
        draining: Ref.get(draining),
        startDraining: Ref.set(draining, true)
      })
    })
  )
