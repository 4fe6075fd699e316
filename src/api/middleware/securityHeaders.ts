// Headers that keep browsers from doing more with an answer than was meant. A page sets a content
// security policy of its own; everything else may load nothing at all.
import type { MiddlewareHandler } from "hono"
import { secureHeaders } from "hono/secure-headers"
import type { ApiEnvironment } from "../environment.ts"

export const securityHeaders: MiddlewareHandler<ApiEnvironment> = secureHeaders({
  overwrite: false,
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: "DENY",
  // A year, and not for subdomains: whose they are is not known here. Ignored without TLS.
  strictTransportSecurity: "max-age=31536000"
})

/** Nothing is stored unless the route says so: answers hold tokens, codes and personal data. */
export const noStore: MiddlewareHandler<ApiEnvironment> = async (c, next) => {
  await next()
  if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store")
}
