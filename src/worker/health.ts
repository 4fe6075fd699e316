// The worker's HTTP: `/healthz`, `/readyz` and `/metrics`, answered as the API does. A pure fetch handler.
import { Effect } from "effect"
import { hasMetricsToken, wantsMetricsToken } from "../http/bearer.ts"
import { alive, metricsAnswer, readinessAnswer } from "../http/health.ts"
import { bareHeaders, bareProblem } from "../http/problem.ts"
import type { Readiness } from "../services/runtime/Readiness.ts"

export interface HealthOptions {
  /** The bearer token that `/metrics` asks for; without one the metrics are closed. */
  readonly metricsToken: string | undefined
}

const json = (body: object): Response => Response.json(body, { headers: bareHeaders })

const problem = (...args: Parameters<typeof bareProblem>): Response => {
  const { status, headers, body } = bareProblem(...args)
  return new Response(body, { status, headers })
}

type Answer = (
  request: Request,
  options: HealthOptions
) => Effect.Effect<Response, never, Readiness>

const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ["/healthz", () => Effect.succeed(json(alive))],
  [
    "/readyz",
    () =>
      Effect.map(readinessAnswer, (answer) =>
        answer.ready ? json(answer.body) : problem("unavailable", answer)
      )
  ],
  [
    "/metrics",
    (request, { metricsToken }) =>
      hasMetricsToken(request.headers.get("Authorization"), metricsToken)
        ? Effect.map(
            metricsAnswer,
            ({ body, headers }) => new Response(body, { headers: { ...bareHeaders, ...headers } })
          )
        : Effect.succeed(problem("unauthorized", { detail: wantsMetricsToken }))
  ]
])

/** Answers the three paths; 404 and 405 for the rest. */
export const health =
  (options: HealthOptions) =>
  (request: Request): Effect.Effect<Response, never, Readiness> => {
    const answer = answers.get(new URL(request.url).pathname)
    if (answer === undefined)
      return Effect.succeed(problem("not_found", { detail: "There is nothing at this path." }))
    if (request.method === "GET" || request.method === "HEAD") return answer(request, options)
    return Effect.succeed(problem("method_not_allowed", { headers: { Allow: "GET, HEAD" } }))
  }
