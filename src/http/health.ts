// The endpoints of every process for orchestrators and Prometheus: is it alive (`/healthz`), can it serve (`/readyz`),
// and its metrics (`/metrics`). They are the same for API and worker.
import { Effect, Option } from "effect"
import { format } from "effect/observability/PrometheusMetrics"
import { Readiness } from "../services/runtime/Readiness.ts"

/** The body of `/healthz`. It asks no dependency: one that is down is no reason to restart. */
export const alive = { status: "ok" } as const

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
type Verdict = "ready" | "degraded" | "unavailable"

const judge = ({ draining, dependencies }: ReadinessReport): Verdict => {
  const broken = Object.values(dependencies).filter(({ ready }) => !ready)
  if (draining || broken.some(({ required }) => required)) return "unavailable"
  return broken.length === 0 ? "ready" : "degraded"
}

/** The state of each dependency, and of this process. */
export const inspect = Effect.gen(function* () {
  const { checks, draining } = yield* Readiness
  const dependencies = yield* Effect.forEach(
    checks,
    ({ name, required, problem }) =>
      Effect.map(problem, (found): readonly [string, DependencyReport] => [
        name,
        Option.isNone(found)
          ? { ready: true, required }
          : { ready: false, required, problem: found.value }
      ]),
    { concurrency: "unbounded" }
  )
  const report: ReadinessReport = {
    draining: yield* draining,
    dependencies: Object.fromEntries(dependencies)
  }
  return report
})

/** The body of a 200, or what a problem `unavailable` says. */
export type ReadinessAnswer =
  | { readonly ready: true; readonly body: ReadinessReport & { readonly status: Verdict } }
  | { readonly ready: false; readonly detail: string; readonly extension: ReadinessReport }

/** Asks every dependency at the same time (see programs/readiness.ts for the questions). */
export const readinessAnswer = Effect.map(inspect, (report): ReadinessAnswer => {
  const status = judge(report)
  if (status !== "unavailable") return { ready: true, body: { status, ...report } }
  const detail = report.draining
    ? "The process is shutting down."
    : "A dependency that is needed is not ready."
  return { ready: false, detail, extension: report }
})

/** The metrics of this process, in the text format of Prometheus. */
export const metricsAnswer = Effect.map(format(), (body) => ({
  body,
  headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" }
}))
