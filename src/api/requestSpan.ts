// The span of a request, by OpenTelemetry's semantic conventions for HTTP servers. A request that is not sampled has a
// span too, only for its ids in logs and messages.
import { type Clock, Context, Exit, Option, Tracer } from "effect"
import { spanOf } from "../services/traceparent.ts"
import type { ApiRequest } from "./ApiRequest.ts"
import { probes } from "./contract/operation.ts"

export interface Routed {
  /** Of the methods that are known, or `undefined`. */
  readonly method: string | undefined
  /** The route's pattern; undefined where none fits. */
  readonly route: string | undefined
}

/** They come every few seconds and say nothing of the service's work. */
const untraced: ReadonlySet<string | undefined> = new Set([...probes, "/metrics"])

/** Other parts of a path may be anything that people paste: the route's pattern replaces them. */
const plainPart = /^[\w-]{1,64}$/u

const pathOf = (url: URL, route: string): string => {
  const parts = route.split("/")
  const given = url.pathname.split("/")
  return parts
    .map((part, i) => (part.startsWith(":") && plainPart.test(given[i] ?? "") ? given[i] : part))
    .join("/")
}

const tellRequest = (span: Tracer.Span, request: ApiRequest, { method, route }: Routed): void => {
  const { raw } = request.hono.req
  span.attribute("http.request.method", method ?? "_OTHER")
  if (route !== undefined) span.attribute("http.route", route)
  const url = URL.parse(raw.url)
  if (url === null) return
  const scheme = url.protocol.slice(0, -1)
  span.attribute("url.scheme", scheme)
  if (route !== undefined) span.attribute("url.path", pathOf(url, route))
  span.attribute("server.address", url.hostname)
  span.attribute("server.port", Number(url.port) || (scheme === "https" ? 443 : 80))
}

/** `context`: of the runtime, with its tracer. */
export const openSpan = (
  context: Context.Context<never>,
  clock: Clock.Clock,
  request: ApiRequest,
  routed: Routed
): Tracer.Span => {
  const { method = "HTTP", route } = routed
  const traceparent = request.header("traceparent")
  const options = {
    name: route === undefined ? method : `${method} ${route}`,
    kind: "server" as const,
    parent: traceparent === undefined ? Option.none() : spanOf(traceparent),
    annotations: Context.empty(),
    links: [],
    startTime: clock.currentTimeNanosUnsafe(),
    root: false
  }
  if (untraced.has(route)) return new Tracer.NativeSpan({ ...options, sampled: false })
  const span = Context.get(context, Tracer.Tracer).span({ ...options, sampled: true })
  if (span.sampled) tellRequest(span, request, routed)
  return span
}

/** Ends the span of an answered request. Only server errors are errors: a client error is not. */
export const endSpan = (
  span: Tracer.Span,
  clock: Clock.Clock,
  { status }: Response,
  { failure = "no reason is known" }: ApiRequest
): void => {
  if (!span.sampled) return
  span.attribute("http.response.status_code", status)
  const isError = status >= 500
  if (isError) span.attribute("error.type", String(status))
  // A plain object has no stack trace, which would be this function's.
  const exit = isError ? Exit.fail({ name: String(status), message: failure }) : Exit.void
  span.end(clock.currentTimeNanosUnsafe(), exit)
}
