// What orchestrators and Prometheus ask.
import { Effect } from "effect"
import { Hono } from "hono"
import { alive, metricsAnswer, readinessAnswer } from "../../http/health.ts"
import type { ApiEnvironment } from "../context.ts"
import { problem } from "../problem.ts"
import { run } from "../run.ts"

export const system = new Hono<ApiEnvironment>()
  .get("/healthz", (c) => c.json(alive))
  .get("/readyz", (c) =>
    run(
      c,
      Effect.map(readinessAnswer, (answer) =>
        answer.ready ? c.json(answer.body) : problem(c, "unavailable", answer)
      )
    )
  )
  .get("/metrics", (c) =>
    run(
      c,
      Effect.map(metricsAnswer, ({ body, headers }) => c.body(body, 200, headers))
    )
  )
