// Asks every dependency at once whether this process can serve: what `/readyz` of any process answers.
import { Effect } from "effect"
import { Readiness } from "./Readiness.ts"

export interface DependencyReport {
  readonly ready: boolean
  readonly required: boolean
  /** A secret-free sentence where it is not ready. */
  readonly problem?: string
}

export interface ReadinessReport {
  readonly draining: boolean
  /** By name. */
  readonly dependencies: Readonly<Record<string, DependencyReport>>
}

/** `degraded`: it serves, slower or later. `unavailable`: it is shutting down or cannot serve. */
export type Verdict = "ready" | "degraded" | "unavailable"

export const inspectReadiness = Effect.gen(function* () {
  const { checks, draining } = yield* Readiness
  const dependencies = yield* Effect.forEach(
    checks,
    ({ name, required, problem }) =>
      Effect.map(problem, (found): readonly [string, DependencyReport] => [
        name,
        { ready: found === undefined, required, ...(found !== undefined && { problem: found }) }
      ]),
    { concurrency: "unbounded" }
  )
  const report: ReadinessReport = {
    draining: yield* draining,
    dependencies: Object.fromEntries(dependencies)
  }
  return { verdict: judge(report), report }
})

const judge = ({ draining, dependencies }: ReadinessReport): Verdict => {
  const broken = Object.values(dependencies).filter(({ ready }) => !ready)
  if (draining || broken.some(({ required }) => required)) return "unavailable"
  return broken.length === 0 ? "ready" : "degraded"
}
