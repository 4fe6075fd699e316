// Refuses at the door what is no URL, such as one with a Host of too many digits, and broken
// percent-encoding: below, it would be taken literally.
import type { MiddlewareHandler } from "hono"
import type { ApiEnvironment } from "../environment.ts"
import { problem } from "../problem.ts"

const isWellFormed = (encoded: string): boolean => {
  try {
    decodeURIComponent(encoded)
    return true
  } catch {
    return false
  }
}

const check: MiddlewareHandler<ApiEnvironment> = async (c, next) => {
  const url = URL.parse(c.req.url)
  if (url === null)
    return problem(c, "invalid_request", {
      extension: { errors: [{ path: "header.host", message: "is not a host" }] }
    })
  const { pathname, search } = url
  const errors = [
    ...(isWellFormed(pathname) ? [] : [{ path: "path", message: "is not percent-encoded UTF-8" }]),
    ...(isWellFormed(search) ? [] : [{ path: "query", message: "is not percent-encoded UTF-8" }])
  ]
  if (errors.length > 0) return problem(c, "invalid_request", { extension: { errors } })
  return next()
}

export const wellFormedUrl: MiddlewareHandler<ApiEnvironment> = (c, next) =>
  c.req.url.includes("%") || !URL.canParse(c.req.url) ? check(c, next) : next()
