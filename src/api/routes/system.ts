// What orchestrators and Prometheus ask.
import { Effect } from "effect"
import { format } from "effect/observability/PrometheusMetrics"
import { Hono } from "hono"
import { timingSafeEqual } from "hono/utils/buffer"
import { Readiness } from "../../services/runtime/Readiness.ts"
import type { ReadinessReport } from "../contract/system.ts"
import type { ApiEnvironment } from "../environment.ts"
import { unavailableRetrySeconds } from "../errors.ts"
import { problem } from "../problem.ts"
import { run } from "../run.ts"

export interface SystemOptions {
  /** What `/metrics` asks for as a bearer token. */
  readonly metricsToken: string | undefined
  /** Whether `/metrics` is open where there is no token. */
  readonly dev: boolean
}

const inspect = Effect.gen(function* () {
  const { checks, draining } = yield* Readiness
  const results = yield* Effect.forEach(
    checks,
    ({ name, required, problem }) =>
      Effect.map(problem, (found) => ({
        name,
        dependency: {
          ready: found === undefined,
          required,
          ...(found === undefined ? {} : { problem: found })
        }
      })),
    { concurrency: "unbounded" }
  )
  const report: ReadinessReport = {
    draining: yield* draining,
    dependencies: Object.fromEntries(results.map(({ name, dependency }) => [name, dependency]))
  }
  return report
})

export const system = ({ metricsToken, dev }: SystemOptions) =>
  new Hono<ApiEnvironment>()
    .get("/healthz", (c) => c.json({ status: "ok" }))
    .get("/readyz", (c) =>
      run(
        c,
        Effect.map(inspect, (report) => {
          const broken = Object.values(report.dependencies).filter(({ ready }) => !ready)
          if (report.draining || broken.some(({ required }) => required))
            return problem(c, "unavailable", {
              detail: report.draining
                ? "The process is shutting down."
                : "A dependency that is needed is not ready.",
              headers: { "Retry-After": String(unavailableRetrySeconds) },
              extension: report
            })
          return c.json({ status: broken.length === 0 ? "ready" : "degraded", ...report })
        })
      )
    )
    .get("/metrics", async (c) => {
      const token = c.req.header("Authorization")?.match(/^Bearer +(\S+) *$/iu)?.[1]
      const allowed =
        metricsToken === undefined
          ? dev
          : token !== undefined && (await timingSafeEqual(token, metricsToken))
      if (!allowed)
        return problem(c, "unauthorized", {
          detail: "The request needs the metrics token: `Authorization: Bearer <METRICS_TOKEN>`.",
          extension: {}
        })
      return run(
        c,
        Effect.map(format(), (text) =>
          c.body(text, 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" })
        )
      )
    })
