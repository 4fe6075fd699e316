// The API as one fetch handler, with Web APIs only: the same on Node, Bun, Deno and edge hosts. The runtime that it is
// given has all services.
import { Duration, Effect } from "effect"
import { Hono, type MiddlewareHandler, type Next } from "hono"
import { cors } from "hono/cors"
import { methodNotAllowed } from "hono/method-not-allowed"
import { hasMetricsToken } from "../http/bearer.ts"
import type { Mailbox } from "../services/messaging/Mailbox.ts"
import { clientAddress, type TrustProxy } from "./clientAddress.ts"
import { makeConsoleFiles } from "./console/files.ts"
import { consoleRoutes, problemsAsPages } from "./console/routes.ts"
import type { ApiContext, ApiEnvironment, ApiRuntime } from "./context.ts"
import { type Operation, probes } from "./contract/operation.ts"
import { operationsOf } from "./openapi.ts"
import { adminRoutes } from "./routes/admin.ts"
import { adminOrderRoutes } from "./routes/adminOrders.ts"
import { adminUserRoutes } from "./routes/adminUsers.ts"
import { authRoutes } from "./routes/auth.ts"
import { docsRoutes } from "./routes/docs.ts"
import { mailboxRoutes } from "./routes/mailbox.ts"
import { orderRoutes } from "./routes/orders.ts"
import { overviewRoutes } from "./routes/overview.ts"
import { productRoutes } from "./routes/products.ts"
import { systemRoutes } from "./routes/system.ts"
import { makeServe, type Serve, type WaitUntil } from "./serve.ts"

/** Endpoints of a program of one's own: with the guards, limits and documents of all others. */
export interface Extension {
  readonly operations: ReadonlyArray<Operation>
  /** Gives each of the operations its route. */
  readonly routes: (serve: Serve) => void
}

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
  /** The source of htmx, with which parts of the console's pages refresh themselves; without it none does. */
  readonly htmx?: () => string
  /** The script of Scalar, with which `/docs` can be tried; without it `/docs` is `/docs/plain`. */
  readonly scalar?: () => string
  /**
   * Whether the host gives no more of a body than its Content-Length announces, as servers of HTTP do. By
   * default it is not relied upon: bodies are counted as they arrive.
   */
  readonly bodiesAreFramed?: boolean
  /** How long a request may take; by default just below 10 s. */
  readonly deadline?: Duration.Duration
  /** How many requests may be in flight before more are refused. */
  readonly maxInFlight?: number
  /** How many event streams may be open before more are refused. */
  readonly maxStreams?: number
  /** The part of requests that have a line in the log at `info`, from 0 to 1; by default none. */
  readonly loggedRequests?: number
  /** Multiplies how many bodies of one client may be arriving; by default 1. */
  readonly limitFactor?: number
  readonly extensions?: ReadonlyArray<Extension>
}

/** Every request is answered within 10 s; this leaves some for a process with too much to do. */
export const defaultDeadline = Duration.millis(8500)

/**
 * As many as 2 cores answer in about a second, at some 100 KB of memory each. When all of a larger
 * crowd were admitted, none was answered in time.
 */
const defaultMaxInFlight = 1000

/** A fifth more than one process was measured with under the heap of `npm start`, see docs/scaling.md. */
const defaultMaxStreams = 6000

const exposedHeaders = [
  "X-Request-Id",
  "X-Cache",
  "ETag",
  "Location",
  "Idempotency-Replayed",
  "X-Device-Token",
  "X-Next-Cursor",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After"
]

export const createApp = (options: AppOptions): Hono<ApiEnvironment> => {
  const { runtime, remoteAddress, corsOrigins, trustProxy, mailbox } = options
  const { metricsToken, dev, extensions = [] } = options
  const openMetrics = dev && metricsToken === undefined
  const isMetrics = (c: ApiContext) => c.req.path === "/metrics"
  // Prometheus too may share an address with a flood, whose figures it is there to see.
  const isUncounted = (c: ApiContext) =>
    probes.has(c.req.path) ||
    (isMetrics(c) && hasMetricsToken(c.req.header("Authorization"), metricsToken))

  const app = new Hono<ApiEnvironment>()
  if (corsOrigins.length > 0) app.use("/api/*", crossOrigin(corsOrigins))
  const consoleFiles = makeConsoleFiles(options.htmx)
  app.use("/console/*", problemsAsPages(consoleFiles))
  const serve = makeServe(app, {
    runtime,
    deadline: options.deadline ?? defaultDeadline,
    waitUntil: options.waitUntil,
    maxInFlight: options.maxInFlight ?? defaultMaxInFlight,
    maxStreams: options.maxStreams ?? defaultMaxStreams,
    limitFactor: options.limitFactor ?? 1,
    bodiesAreFramed: options.bodiesAreFramed ?? false,
    metricsToken,
    clientOf: (c) => clientAddress(trustProxy, remoteAddress(c), c.req.header("X-Forwarded-For")),
    isUncounted,
    loggedRequests: options.loggedRequests ?? 0,
    isAdmitted: (c) => isUncounted(c) || (isMetrics(c) && openMetrics)
  })
  authRoutes(serve)
  productRoutes(serve)
  orderRoutes(serve)
  adminRoutes(serve)
  adminOrderRoutes(serve)
  adminUserRoutes(serve)
  overviewRoutes(serve)
  systemRoutes(serve, { openMetrics })
  for (const { routes } of extensions) routes(serve)
  docsRoutes(serve, {
    operations: [
      ...operationsOf({ mailbox: mailbox !== undefined, openMetrics }),
      ...extensions.flatMap(({ operations }) => operations)
    ],
    mailbox: mailbox !== undefined,
    scalar: options.scalar
  })
  if (mailbox !== undefined) mailboxRoutes(serve, mailbox)
  consoleRoutes(serve, consoleFiles)
  const otherwise = methodNotAllowed({ app, onMethodNotAllowed: otherMethod })
  serve.otherwise((request) =>
    Effect.promise(async () => {
      const { hono } = request
      const path = withoutSlash(hono)
      if (path !== undefined) return request.answer(null, 308, { Location: path })
      await otherwise(hono, async () => {
        hono.res = request.problem("not_found", {
          detail: "There is nothing at this path.",
          extension: {}
        })
      })
      return hono.res
    })
  )
  return app
}

/**
 * The path that a reader means who ends it with slashes; undefined for any other. With one slash before it: with two it
 * would name a host.
 */
const withoutSlash = (c: ApiContext): string | undefined => {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") return undefined
  const { pathname, search } = new URL(c.req.url)
  if (!pathname.endsWith("/")) return undefined
  return `/${pathname.replace(/^\/+|\/+$/gu, "")}${search}`
}

const isPreflight = (c: ApiContext): boolean => c.req.method === "OPTIONS"

/** Lets the pages of these origins read answers. Before all that may refuse, whose refusals they may read too. */
const crossOrigin = (origins: ReadonlyArray<string>): MiddlewareHandler<ApiEnvironment> => {
  const allow = cors({
    origin: [...origins],
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "If-None-Match",
      "Last-Event-ID",
      "X-Request-Id",
      "X-Device-Token",
      "traceparent"
    ],
    exposeHeaders: exposedHeaders,
    maxAge: 600
  })
  return (c, next) => (isPreflight(c) ? answerPreflight(c, next, allow) : allow(c, next))
}

/**
 * It counts as any request does. A browser tells a page nothing of a preflight that is refused (Fetch, 4.8: only a 2xx
 * passes), so one for the page of an allowed origin always passes. The limit and the bound refuse the request
 * that follows, and the page reads that.
 */
const answerPreflight = async (
  c: ApiContext,
  next: Next,
  allow: MiddlewareHandler
): Promise<void> => {
  await next()
  const counted = c.res
  // The setter copies the headers of the answer before.
  c.res = undefined
  const passed = await allow(c, () => Promise.resolve())
  c.res = undefined
  c.res =
    passed instanceof Response && passed.headers.has("Access-Control-Allow-Origin")
      ? c.get("request").answer(null, 204, Object.fromEntries(passed.headers))
      : counted
}

/** The path exists, not for this method. `OPTIONS` asks just which ones there are. */
const otherMethod = (c: ApiContext, methods: ReadonlyArray<string>): Response => {
  const request = c.get("request")
  const headers = { Allow: [...methods, "OPTIONS"].join(", ") }
  return c.req.method === "OPTIONS"
    ? request.answer(null, 204, headers)
    : request.problem("method_not_allowed", { headers, extension: {} })
}
