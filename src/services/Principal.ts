// The caller: what an access token says about its holder. Every use case with a user gets it.
import type { SessionId, UserId } from "./ids.ts"

/** `support` handles orders: it reads them and their users, cancels, and has mails sent again. */
export const roles = ["user", "support", "admin"] as const
export type Role = (typeof roles)[number]

/** Whether the role works on the orders of others. */
export const isStaff = (role: Role): boolean => role !== "user"

/** The holder of an access token. */
export interface Principal {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly role: Role
}
