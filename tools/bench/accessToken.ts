// Access tokens as this system signs them, for load that does not log in first.
import jwt from "jsonwebtoken"

export const issuer = "order-processing"
export const audience = "order-processing/api"

/** Seconds. The system refuses what lives longer. */
export const lifeSeconds = 15 * 60

export const accessToken = (
  secret: string,
  userId: string,
  role: "user" | "admin" = "user"
): string =>
  jwt.sign({ role, typ: "access", sid: `session-of-${userId}` }, secret, {
    algorithm: "HS256",
    issuer,
    audience,
    subject: userId,
    expiresIn: lifeSeconds
  })
