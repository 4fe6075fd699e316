// Who asks: what an access token says of its holder, and what every use case with a user is given.
import type { SessionId, UserId } from "./ids.ts"

export const roles = ["user", "admin"] as const
export type Role = (typeof roles)[number]

/** The holder of an access token. */
export interface Principal {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly role: Role
}
