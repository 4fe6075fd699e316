// What orchestrators and Prometheus ask.
import { Effect } from "effect"
import { format } from "effect/observability/PrometheusMetrics"
import { Hono } from "hono"
import { inspectReadiness } from "../../services/runtime/inspectReadiness.ts"
import type { ApiEnvironment } from "../context.ts"
import { problem } from "../problem.ts"
import { run } from "../run.ts"

export const system = new Hono<ApiEnvironment>()
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
            extension: report
          })
        return c.json({ status: verdict, ...report })
      })
    )
  )
  .get("/metrics", (c) =>
    run(
      c,
      Effect.map(format(), (text) =>
        c.body(text, 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" })
      )
    )
  )
