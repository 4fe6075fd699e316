// Who may call what: the contract's word on the operation that a request is for, and nothing else, so that
// no route can forget its guard. A route that nothing declares keeps the app from starting.
import { Effect, Option } from "effect"
import { matchedRoutes } from "hono/route"
import { bearerToken, hasMetricsToken, wantsMetricsToken } from "../../http/bearer.ts"
import { TokenSigner } from "../../services/accounts/ports/TokenSigner.ts"
import { auditDenied } from "../../services/audit/auditDenied.ts"
import type { Principal } from "../../services/Principal.ts"
import { Forbidden, Unauthorized } from "../authorizationErrors.ts"
import type { ApiContext } from "../context.ts"
import type { Caller, Operation } from "../contract/operation.ts"
import { pages } from "../contract/pages.ts"
import { problem } from "../problem.ts"
import { run } from "../run.ts"
import type { Guard } from "./guards.ts"

interface Route {
  readonly method: string
  /** In Hono's form, `/api/products/:sku`. */
  readonly path: string
}

type Declaration = Pick<Operation, "id" | "caller">

/** By method and path. */
export type Declarations = ReadonlyMap<string, Declaration>

const keyOf = ({ method, path }: Route): string => `${method.toUpperCase()} ${path}`

export const declarationsOf = (operations: ReadonlyArray<Operation>): Declarations =>
  new Map<string, Declaration>([
    ...pages.map((path) => [`GET ${path}`, { id: path, caller: "anyone" }] as const),
    ...operations.map((operation) => [keyOf(operation), operation] as const)
  ])

/** Throws unless it is declared who may call each of these routes. */
export const insistOnDeclared = (
  routes: ReadonlyArray<Route>,
  declarations: Declarations
): void => {
  // What is for every method is a middleware, or answers that there is nothing.
  const keys = routes.filter(({ method }) => method !== "ALL").map(keyOf)
  const undeclared = [...new Set(keys)].filter((key) => !declarations.has(key))
  if (undeclared.length > 0)
    throw new Error(
      `No operation in src/api/contract says who may call ${undeclared.join(" or ")}.`
    )
}

type Refusal = Promise<Response | undefined>

/** The `b64token` of RFC 6750, section 2.1. */
const tokenSyntax = /^[A-Za-z0-9._~+/-]+=*$/u

const identify = (header: string | undefined) => {
  const token = bearerToken(header)
  return Option.isSome(token) && tokenSyntax.test(token.value)
    ? TokenSigner.use((signer) => signer.verifyAccess(token.value))
    : Effect.fail(new Unauthorized())
}

const asUser = async (c: ApiContext): Refusal => {
  const principal = await run(c, identify(c.req.header("Authorization")))
  if (principal instanceof Response) return principal
  c.set("principal", principal)
  return undefined
}

const deny = Effect.fnUntraced(function* (principal: Principal, operation: string) {
  yield* auditDenied(principal, { operation })
  return yield* new Forbidden()
})

const asAdmin = async (c: ApiContext, { id }: Declaration): Refusal => {
  const refused = await asUser(c)
  const principal = c.get("principal")
  if (refused !== undefined || principal.role === "admin") return refused
  return run(c, deny(principal, id))
}

const withMetricsToken =
  (metricsToken: string | undefined) =>
  async (c: ApiContext): Refusal =>
    hasMetricsToken(c.req.header("Authorization"), metricsToken)
      ? undefined
      : problem(c, "unauthorized", { detail: wantsMetricsToken, extension: {} })

const anyone = async (): Refusal => undefined

export const authorize = (declarations: Declarations, metricsToken: string | undefined): Guard => {
  const rules: {
    readonly [K in Caller]: (c: ApiContext, declaration: Declaration) => Refusal
  } = {
    anyone,
    session: anyone,
    user: asUser,
    // Whose it is, is known once it is read.
    owner: asUser,
    admin: asAdmin,
    metrics: withMetricsToken(metricsToken)
  }
  return async (c) => {
    // A route is in the list once for each of its handlers. Where patterns overlap, all of them count.
    const asked = new Set<Declaration>()
    for (const route of matchedRoutes(c)) {
      // What is for every method is a middleware.
      const declaration = route.method === "ALL" ? undefined : declarations.get(keyOf(route))
      if (declaration === undefined || asked.has(declaration)) continue
      asked.add(declaration)
      const refused = await rules[declaration.caller](c, declaration)
      if (refused !== undefined) return refused
    }
    return undefined
  }
}
