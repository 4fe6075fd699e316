// Who is asking: a bearer access token in the Authorization header, and nowhere else (not in a cookie,
// which other sites could make a browser send, nor in a query, which is logged).
import { Effect } from "effect"
import type { MiddlewareHandler } from "hono"
import { TokenSigner } from "../../services/accounts/TokenSigner.ts"
import { Forbidden, Unauthorized } from "../access.ts"
import type { ApiEnvironment } from "../environment.ts"
import { run } from "../run.ts"

const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/iu

const identify = Effect.fnUntraced(function* (header: string | undefined) {
  const token = header?.match(bearer)?.[1]
  if (token === undefined) return yield* new Unauthorized()
  return yield* TokenSigner.use((signer) => signer.verifyAccess(token))
})

const guard =
  (adminOnly: boolean): MiddlewareHandler<ApiEnvironment> =>
  async (c, next) => {
    const principal = await run(
      c,
      Effect.filterOrFail(
        identify(c.req.header("Authorization")),
        ({ role }) => !adminOnly || role === "admin",
        () => new Forbidden()
      )
    )
    if (principal instanceof Response) return principal
    c.set("principal", principal)
    return next()
  }

/** Lets users and administrators pass. */
export const authenticated = guard(false)
/** Lets administrators pass. */
export const adminOnly = guard(true)
