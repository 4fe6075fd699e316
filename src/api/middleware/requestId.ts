// Names every request: the name that the client or a proxy gave it, where that is well-formed, else a
// new one. It is in the answer, in every problem, and in every line of the log.
import type { MiddlewareHandler } from "hono"
import type { ApiEnvironment } from "../environment.ts"

const wellFormed = /^[A-Za-z0-9._-]{1,128}$/u

export const requestId: MiddlewareHandler<ApiEnvironment> = async (c, next) => {
  const given = c.req.header("X-Request-Id")
  const id = given !== undefined && wellFormed.test(given) ? given : crypto.randomUUID()
  c.set("requestId", id)
  await next()
  c.res.headers.set("X-Request-Id", id)
}
