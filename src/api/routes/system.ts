// Health and metrics, for orchestrators and Prometheus.
import { Effect } from "effect"
import { alive, metricsAnswer, readinessAnswer } from "../../http/health.ts"
import { systemOperations } from "../contract/system.ts"
import type { Serve } from "../serve.ts"

/** `openMetrics` is for development: no token is asked for. */
export const systemRoutes = (
  { route, measure }: Serve,
  { openMetrics }: { readonly openMetrics: boolean }
): void => {
  const operations = systemOperations({ open: openMetrics })

  route(operations.health, ({ request }) => Effect.sync(() => request.json(alive)))

  route(operations.readiness, ({ request }) =>
    Effect.map(readinessAnswer, (answer) =>
      answer.ready ? request.json(answer.body) : request.problem("unavailable", answer)
    )
  )

  route(operations.metrics, ({ request }) =>
    Effect.map(Effect.andThen(measure, metricsAnswer), ({ body, headers }) =>
      request.answer(body, 200, headers)
    )
  )
}
