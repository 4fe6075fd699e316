// What is looked at before any handler, in one middleware: a middleware for each would cost every request
// two promises and two frames more.
import type { MiddlewareHandler } from "hono"
import type { ApiContext, ApiEnvironment } from "../environment.ts"

/** A Response refuses the request. */
export type Check = (c: ApiContext) => Response | undefined | Promise<Response | undefined>

/** One after the other; the first refusal is the answer. */
export const checks =
  (...all: ReadonlyArray<Check>): MiddlewareHandler<ApiEnvironment> =>
  async (c, next) => {
    for (const check of all) {
      const refusal = await check(c)
      if (refusal !== undefined) return refusal
    }
    return next()
  }

export const underApi =
  (check: Check): Check =>
  (c) =>
    c.req.path.startsWith("/api/") || c.req.path === "/api" ? check(c) : undefined
