// Access tokens as this system signs them, for load that does not log in first.
import jwt from "jsonwebtoken"

export const issuer = "order-processing"
export const audience = "order-processing/api"

const hourSeconds = 3600

/** Lives for 12 hours, so that no run outlasts it: in the system itself 15 minutes are the rule. */
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
    expiresIn: 12 * hourSeconds
  })
