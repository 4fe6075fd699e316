// The API as one fetch handler, with Web APIs only: the same on Node, Bun, Deno and edge hosts. What it
// does is in the runtime that it is given.
import type { Duration } from "effect"
import { Hono, type MiddlewareHandler, type Next } from "hono"
import { cors } from "hono/cors"
import { methodNotAllowed } from "hono/method-not-allowed"
import { hasMetricsToken } from "../http/bearer.ts"
import type { Mailbox } from "../services/messaging/Mailbox.ts"
import { makeArrivals } from "./arrivals.ts"
import { clientAddress, type TrustProxy } from "./clientAddress.ts"
import type { ApiContext, ApiEnvironment, ApiRuntime } from "./context.ts"
import { probes } from "./contract/operation.ts"
import { admission } from "./middleware/admission.ts"
import { authorize, declarationsOf, insistOnDeclared } from "./middleware/authorize.ts"
import { commonHeaders } from "./middleware/commonHeaders.ts"
import { type Guard, guards, unless } from "./middleware/guards.ts"
import { clientRateLimit } from "./middleware/rateLimit.ts"
import { wellFormedUrl } from "./middleware/wellFormedUrl.ts"
import { operationsOf } from "./openapi.ts"
import { problem } from "./problem.ts"
import { admin } from "./routes/admin.ts"
import { auth } from "./routes/auth.ts"
import { docs } from "./routes/docs.ts"
import { mailbox } from "./routes/mailbox.ts"
import { orders } from "./routes/orders.ts"
import { products } from "./routes/products.ts"
import { system } from "./routes/system.ts"
import { answerException, call, defaultDeadline, type WaitUntil } from "./run.ts"

export interface AppOptions {
  readonly runtime: ApiRuntime
  /** The address of the peer, as the host knows it. */
  readonly remoteAddress: (c: ApiContext) => string | undefined
  /** On hosts that end a request's work with its answer unless they are asked to wait. */
  readonly waitUntil?: WaitUntil
  /** Origins whose pages may read answers; none where empty. */
  readonly corsOrigins: ReadonlyArray<string>
  readonly trustProxy: TrustProxy
  /** The bearer token that `/metrics` asks for. */
  readonly metricsToken: string | undefined
  /** Development: `/metrics` is open where there is no token. */
  readonly dev: boolean
  /** The embedded mailbox, where mail is not really sent: its pages exist only then. */
  readonly mailbox?: Mailbox["Service"] | undefined
  /**
   * Whether the host gives no more of a body than its Content-Length announces, as servers of HTTP do. By
   * default it is not relied upon: bodies are counted as they arrive.
   */
  readonly bodiesAreFramed?: boolean
  /** How long a request may take; by default just below 10 s. */
  readonly deadline?: Duration.Duration
  /** How many requests may be in flight before more are refused. */
  readonly maxInFlight?: number
  /** Multiplies how many bodies of one client may be arriving; by default 1. */
  readonly limitFactor?: number
}

/**
 * As many as 2 cores answer in about a second, at some 100 KB of memory each. Of a crowd beyond them
 * nobody was answered in time where all were let in.
 */
const defaultMaxInFlight = 1000

const exposedHeaders = [
  "X-Request-Id",
  "X-Cache",
  "ETag",
  "Location",
  "Idempotency-Replayed",
  "X-Device-Token",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After"
]

export const createApp = (options: AppOptions): Hono<ApiEnvironment> => {
  const { runtime, remoteAddress, corsOrigins, trustProxy } = options
  const { metricsToken, dev } = options
  const openMetrics = dev && metricsToken === undefined
  const operations = operationsOf({ mailbox: options.mailbox !== undefined, openMetrics })
  const declarations = declarationsOf(operations)
  const app = new Hono<ApiEnvironment>()
  app.use(commonHeaders)
  const crossOrigin = cors({
    origin: [...corsOrigins],
    allowMethods: ["GET", "HEAD", "POST", "PUT", "DELETE"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "If-None-Match",
      "X-Request-Id",
      "X-Device-Token",
      "traceparent"
    ],
    exposeHeaders: exposedHeaders,
    maxAge: 600
  })
  const allowsOrigins = corsOrigins.length > 0
  if (allowsOrigins)
    // Before all that may refuse, whose refusals the pages of these origins may read too.
    app.use("/api/*", (c, next) =>
      isPreflight(c) ? answerRefused(c, next, crossOrigin) : crossOrigin(c, next)
    )
  const isMetrics = (c: ApiContext) => c.req.path === "/metrics"
  // Prometheus too may share an address with a flood, whose figures it is there to see.
  const uncounted = (c: ApiContext) =>
    probes.has(c.req.path) ||
    (isMetrics(c) && hasMetricsToken(c.req.header("Authorization"), metricsToken))
  const alwaysAdmitted = (c: ApiContext) => uncounted(c) || (isMetrics(c) && openMetrics)
  app.use(admission(runtime, options.maxInFlight ?? defaultMaxInFlight, alwaysAdmitted))
  app.use(call(runtime, options.deadline ?? defaultDeadline, options.waitUntil))
  const arrivals = makeArrivals(runtime, options.limitFactor ?? 1)
  /** What only the host knows of a request. */
  const noteHost: Guard = (c) => {
    c.set("arrivals", arrivals)
    c.set("bodiesAreFramed", options.bodiesAreFramed ?? false)
    c.set("client", clientAddress(trustProxy, remoteAddress(c), c.req.header("X-Forwarded-For")))
    return undefined
  }
  app.use(
    guards(
      noteHost,
      unless(uncounted, clientRateLimit),
      wellFormedUrl,
      authorize(declarations, metricsToken)
    )
  )
  // Preflights are answered here, where they have been counted.
  if (allowsOrigins)
    app.use("/api/*", (c, next) => (isPreflight(c) ? crossOrigin(c, next) : next()))
  app.route("/api/auth", auth)
  app.route("/api/products", products)
  app.route("/api/orders", orders)
  app.route("/api/admin", admin)
  app.route("/", system)
  app.route("/", docs(operations))
  if (options.mailbox !== undefined) app.route("/dev", mailbox(options.mailbox))
  insistOnDeclared(app.routes, declarations)
  const otherwise = methodNotAllowed({ app, onMethodNotAllowed: otherMethod })
  app.notFound(async (c) => {
    await otherwise(c, async () => {
      c.res = problem(c, "not_found", { detail: "There is nothing at this path.", extension: {} })
    })
    return c.res
  })
  app.onError(answerException(runtime))
  return app
}

const isPreflight = (c: ApiContext): boolean => c.req.method === "OPTIONS"

/**
 * A browser tells a page nothing of a preflight that is refused (Fetch, 4.8: only a 2xx passes), so a preflight for the
 * page of an allowed origin passes. The limit and the bound refuse the request that follows, and the page reads that.
 */
const answerRefused = async (
  c: ApiContext,
  next: Next,
  crossOrigin: MiddlewareHandler
): Promise<void> => {
  await next()
  const refusal = c.res
  if (refusal.status !== 429 && refusal.status !== 503) return
  // The setter copies the headers of the answer before.
  c.res = undefined
  const passed = await crossOrigin(c, () => Promise.resolve())
  const isAllowed = passed instanceof Response && passed.headers.has("Access-Control-Allow-Origin")
  c.res = undefined
  c.res = isAllowed ? passed : refusal
}

/** The path exists, not for this method. `OPTIONS` asks just which ones there are. */
const otherMethod = (c: ApiContext, methods: ReadonlyArray<string>): Response => {
  const headers = { Allow: [...methods, "OPTIONS"].join(", ") }
  return c.req.method === "OPTIONS"
    ? c.body(null, 204, headers)
    : problem(c, "method_not_allowed", { headers, extension: {} })
}
