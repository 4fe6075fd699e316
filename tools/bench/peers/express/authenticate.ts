// Middleware: the user of a valid access token is `response.locals.user` from here on.
import { createSecretKey } from "node:crypto"
import type { RequestHandler } from "express"
import jwt from "jsonwebtoken"
import * as z from "zod"
import { audience, issuer } from "../../accessToken.ts"
import { HttpError } from "./errors.ts"

const Claims = z.object({
  sub: z.string(),
  typ: z.literal("access"),
  role: z.enum(["user", "admin"])
})

/** What handlers behind `authenticate` find. */
export interface Locals {
  user: { readonly id: string; readonly isAdmin: boolean }
}

export const authenticate = (
  secret: string
): RequestHandler<unknown, unknown, unknown, unknown, Locals> => {
  // Made once: from a string, the library would make it for every token.
  const key = createSecretKey(secret, "utf8")
  const claimsOf = (token: string): z.infer<typeof Claims> => {
    try {
      return Claims.parse(jwt.verify(token, key, { algorithms: ["HS256"], issuer, audience }))
    } catch (cause) {
      throw invalidToken({ cause })
    }
  }
  return (request, response, next) => {
    const [scheme, token] = request.headers.authorization?.split(" ") ?? []
    if (scheme !== "Bearer" || token === undefined)
      throw new HttpError(401, "unauthorized", "Send an access token: Authorization: Bearer …")
    const { sub, role } = claimsOf(token)
    response.locals.user = { id: sub, isAdmin: role === "admin" }
    next()
  }
}

const invalidToken = (options: ErrorOptions): HttpError =>
  new HttpError(401, "invalid_token", "The access token is not valid", options)
