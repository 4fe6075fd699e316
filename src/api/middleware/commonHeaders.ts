// What every answer carries: the request's id, no leave to store it, and headers that keep browsers from
// doing more with it than was meant. Handlers may say otherwise: a page sets a content security policy of
// its own, and what may be stored says so.
import type { MiddlewareHandler } from "hono"
import type { AnswerHeaders, ApiEnvironment } from "../context.ts"

/** As hono/secure-headers sets them, which writes them into each answer one by one. */
const secure: AnswerHeaders = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Origin-Agent-Cluster": "?1",
  "Referrer-Policy": "no-referrer",
  // A year, and not for subdomains: whose they are is not known here. Ignored without TLS.
  "Strict-Transport-Security": "max-age=31536000",
  "X-Content-Type-Options": "nosniff",
  "X-DNS-Prefetch-Control": "off",
  "X-Download-Options": "noopen",
  "X-Frame-Options": "DENY",
  "X-Permitted-Cross-Domain-Policies": "none",
  "X-XSS-Protection": "0",
  // Answers hold tokens, codes and personal data.
  "Cache-Control": "no-store"
}

const wellFormed = /^[A-Za-z0-9._-]{1,128}$/u

/** The name that the client or a proxy gave the request, where that is well-formed, else a new one. */
const requestIdOf = (given: string | undefined): string =>
  given !== undefined && wellFormed.test(given) ? given : crypto.randomUUID()

export const commonHeaders: MiddlewareHandler<ApiEnvironment> = async (c, next) => {
  const requestId = requestIdOf(c.req.header("X-Request-Id"))
  c.set("requestId", requestId)
  c.set("common", { ...secure, "X-Request-Id": requestId })
  await next()
  if (c.get("whole") === c.res) return
  const { headers } = c.res
  for (const [name, value] of Object.entries(c.get("common")))
    if (!headers.has(name)) headers.set(name, value)
}
