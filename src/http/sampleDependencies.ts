// Reports whether each dependency is ready, also without requests from a load balancer.
import { Effect, Option } from "effect"
import { dependencyReady } from "../services/metrics.ts"
import { Readiness } from "../services/runtime/Readiness.ts"
import { sample } from "./sample.ts"

/** Asks until the scope closes. */
export const sampleDependencies = Effect.flatMap(Readiness, ({ checks }) =>
  sample(
    "dependencies",
    checks.map(({ name }) => dependencyReady[name]),
    Effect.forEach(
      checks,
      ({ problem }) => Effect.map(problem, (found) => (Option.isNone(found) ? 1 : 0)),
      { concurrency: "unbounded" }
    )
  )
)
