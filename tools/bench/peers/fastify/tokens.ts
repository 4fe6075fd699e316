// Access tokens, checked by fast-jwt, which remembers those that it has checked.
import { createVerifier, type VerifierOptions } from "fast-jwt"
import type { FastifyRequest } from "fastify"
import { audience, issuer } from "../../accessToken.ts"
import { HttpError } from "./errors.ts"
import type { User } from "./shop.ts"

/** What a token has to have, and how many verified ones are remembered until they expire. */
export const verifying = {
  algorithms: ["HS256"],
  allowedIss: issuer,
  allowedAud: audience,
  requiredClaims: ["sub", "exp", "typ", "role"],
  cache: 10_000
} satisfies Partial<VerifierOptions>

/** What tells a request's user, or throws a 401. */
export const userOf = (secret: string): ((request: FastifyRequest) => User) => {
  const verify = createVerifier({ key: secret, ...verifying })
  const claimsOf = (token: string) => {
    try {
      return verify(token)
    } catch (cause) {
      throw invalidToken({ cause })
    }
  }
  return ({ headers: { authorization = "" } }) => {
    if (!authorization.startsWith("Bearer "))
      throw new HttpError(401, "unauthorized", "Send an access token: Authorization: Bearer …")
    const { sub, typ, role } = claimsOf(authorization.slice("Bearer ".length))
    if (typ !== "access") throw invalidToken()
    return { id: sub, isAdmin: role === "admin" }
  }
}

const invalidToken = (options?: ErrorOptions): HttpError =>
  new HttpError(401, "invalid_token", "The access token is not valid", options)
