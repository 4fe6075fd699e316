// What orchestrators and Prometheus ask.
import { Effect } from "effect"
import { format } from "effect/observability/PrometheusMetrics"
import { Hono } from "hono"
import { timingSafeEqual } from "hono/utils/buffer"
import { inspectReadiness } from "../../services/runtime/inspectReadiness.ts"
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

export const system = ({ metricsToken, dev }: SystemOptions) =>
  new Hono<ApiEnvironment>()
    .get("/healthz", (c) => c.json({ status: "ok" }))
    .get("/readyz", (c) =>
      run(
        c,
        Effect.map(inspectReadiness, ({ verdict, report }) => {
          if (verdict === "unavailable")
            return problem(c, "unavailable", {
              detail: report.draining
                ? "The process is shutting down."
                : "A dependency that is needed is not ready.",
              headers: { "Retry-After": String(unavailableRetrySeconds) },
              extension: report
            })
          return c.json({ status: verdict, ...report })
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
