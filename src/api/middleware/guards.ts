// What is looked at before any handler, in one middleware: a middleware for each would cost every request
// two promises and two frames more.
import type { MiddlewareHandler } from "hono"
import type { ApiContext, ApiEnvironment } from "../context.ts"

/** A Response refuses the request. */
export type Guard = (c: ApiContext) => Response | undefined | Promise<Response | undefined>

/** One after the other; the first refusal is the answer. */
export const guards =
  (...all: ReadonlyArray<Guard>): MiddlewareHandler<ApiEnvironment> =>
  async (c, next) => {
    for (const guard of all) {
      const refusal = await guard(c)
      if (refusal !== undefined) return refusal
    }
    return next()
  }

/** Spares requests a guard. */
export const unless =
  (spared: (c: ApiContext) => boolean, guard: Guard): Guard =>
  (c) =>
    spared(c) ? undefined : guard(c)
