// What orchestrators and Prometheus ask of a worker: a pure handler, in the formats of the API's.
import { Effect } from "effect"
import { format } from "effect/observability/PrometheusMetrics"
import { inspectReadiness } from "../services/runtime/inspectReadiness.ts"
import type { Readiness } from "../services/runtime/Readiness.ts"

export interface HealthOptions {
  /** What `/metrics` asks for as a bearer token; without one nobody gets them. */
  readonly metricsToken: string | undefined
}

/** As they are, now, and read by programs. */
const everywhere = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" }

const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: {
      "Content-Type": status < 400 ? "application/json" : "application/problem+json",
      ...everywhere,
      ...headers
    }
  })

const problem = (
  status: number,
  code: string,
  title: string,
  more: { readonly headers?: Record<string, string>; readonly body?: object } = {}
): Response =>
  json(status, { type: `/docs/errors/${code}`, title, status, code, ...more.body }, more.headers)

const readiness = Effect.map(inspectReadiness, ({ verdict, report }) =>
  verdict === "unavailable"
    ? problem(503, "unavailable", "Unavailable", { headers: { "Retry-After": "5" }, body: report })
    : json(200, { status: verdict, ...report })
)

const encoder = new TextEncoder()

/** Compares every byte, so that the time tells nothing but the length. */
const sameText = (a: string, b: string): boolean => {
  const [x, y] = [encoder.encode(a), encoder.encode(b)]
  let difference = x.length ^ y.length
  for (let i = 0; i < x.length; i++) difference |= (x[i] ?? 0) ^ (y[i] ?? 0)
  return difference === 0
}

const metrics = (request: Request, { metricsToken }: HealthOptions) => {
  const token = request.headers.get("Authorization")?.match(/^Bearer +(\S+) *$/iu)?.[1]
  const allowed = metricsToken !== undefined && token !== undefined && sameText(token, metricsToken)
  return allowed
    ? Effect.map(
        format(),
        (text) =>
          new Response(text, {
            headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8", ...everywhere }
          })
      )
    : Effect.succeed(
        problem(401, "unauthorized", "Unauthorized", { headers: { "WWW-Authenticate": "Bearer" } })
      )
}

type Answer = (
  request: Request,
  options: HealthOptions
) => Effect.Effect<Response, never, Readiness>

const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ["/healthz", () => Effect.succeed(json(200, { status: "ok" }))],
  ["/readyz", () => readiness],
  ["/metrics", metrics]
])

/** Answers `/healthz`, `/readyz` and `/metrics`; 404 and 405 for the rest. */
export const health =
  (options: HealthOptions) =>
  (request: Request): Effect.Effect<Response, never, Readiness> => {
    const answer = answers.get(new URL(request.url).pathname)
    if (answer === undefined) return Effect.succeed(problem(404, "not_found", "Not found"))
    if (request.method === "GET" || request.method === "HEAD") return answer(request, options)
    const headers = { Allow: "GET, HEAD" }
    return Effect.succeed(problem(405, "method_not_allowed", "Method not allowed", { headers }))
  }
