// What orchestrators and Prometheus ask.
import { Effect } from "effect"
import { Hono } from "hono"
import { alive, metrics, readiness } from "../../http/health.ts"
import type { ApiEnvironment } from "../context.ts"
import { problem } from "../problem.ts"
import { run } from "../run.ts"

export const system = new Hono<ApiEnvironment>()
  .get("/healthz", (c) => c.json(alive))
  .get("/readyz", (c) =>
    run(
      c,
      Effect.map(readiness, (answer) =>
        answer.ready ? c.json(answer.body) : problem(c, "unavailable", answer)
      )
    )
  )
  .get("/metrics", (c) =>
    run(
      c,
      Effect.map(metrics, ({ body, headers }) => c.body(body, 200, headers))
    )
  )
