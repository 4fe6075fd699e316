// Who may call what: only the contract of an operation decides. Every route is made from an operation, so no route can
// forget this check.
import { Effect, Option } from "effect"
import { bearerToken, hasMetricsToken, wantsMetricsToken } from "../http/bearer.ts"
import { TokenSigner } from "../services/accounts/ports/TokenSigner.ts"
import { auditDenied } from "../services/audit/auditDenied.ts"
import { isStaff, type Principal, type Role } from "../services/Principal.ts"
import type { ApiRequest } from "./ApiRequest.ts"
import { Forbidden, Unauthorized } from "./authorizationErrors.ts"
import type { AppServices } from "./context.ts"
import type { Operation } from "./contract/operation.ts"
import type { PublicError } from "./errors.ts"

/** Authenticates the caller. Refuses with an error, or with a Response. */
export type Authorization = (
  request: ApiRequest
) => Effect.Effect<Response | undefined, PublicError, AppServices>

/** The `b64token` of RFC 6750, section 2.1. */
const tokenSyntax = /^[A-Za-z0-9._~+/-]+=*$/u

const identify = (request: ApiRequest): Effect.Effect<Principal, PublicError, AppServices> => {
  const token = bearerToken(request.header("Authorization"))
  return Option.isSome(token) && tokenSyntax.test(token.value)
    ? TokenSigner.use((signer) => signer.verifyAccess(token.value))
    : Effect.fail(new Unauthorized())
}

const asUser: Authorization = (request) =>
  Effect.map(identify(request), (principal) => {
    request.principal = principal
    return undefined
  })

const inRole = (operation: string, isAllowed: (role: Role) => boolean): Authorization =>
  Effect.fnUntraced(function* (request) {
    yield* asUser(request)
    const { principal } = request
    if (principal === undefined || isAllowed(principal.role)) return undefined
    yield* auditDenied(principal, { operation })
    return yield* new Forbidden()
  })

/** Undefined if anyone may call. */
export const authorizationOf = (
  { id, caller }: Pick<Operation, "id" | "caller">,
  metricsToken: string | undefined
): Authorization | undefined => {
  switch (caller) {
    case "anyone":
    case "session":
      return undefined
    case "user":
    // Whose it is, is known once it is read.
    case "owner":
      return asUser
    case "staff":
      return inRole(id, isStaff)
    case "admin":
      return inRole(id, (role) => role === "admin")
    case "metrics":
      return (request) =>
        Effect.sync(() =>
          hasMetricsToken(request.header("Authorization"), metricsToken)
            ? undefined
            : request.problem("unauthorized", { detail: wantsMetricsToken, extension: {} })
        )
  }
}
