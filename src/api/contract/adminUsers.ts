// The operations by which operators read users, and administrators change their access.
import * as z from "zod"
import { shownOrders } from "../../services/operations/showUser.ts"
import { User } from "./auth.ts"
import { cursorOf, pageOf } from "./cursor.ts"
import { Id, IdParams, Limit, Reason, Timestamp } from "./fields.ts"
import { named } from "./operation.ts"
import { Order } from "./orders.ts"

export const AdminUsersQuery = z.strictObject({
  email: z
    .string()
    .max(254)
    .regex(/^[\x21-\x7e]+$/u, "must be an address or its beginning")
    .optional()
    .meta({ description: "An address or its beginning; case does not matter", example: "ada@" }),
  cursor: cursorOf(Id).optional(),
  limit: Limit
})

export const AdminUser = User.extend({
  disabled: z.object({ at: Timestamp, reason: z.string() }).nullable().meta({
    description: "When and why the account was disabled; null if it is enabled",
    example: null
  })
}).meta({ id: "AdminUser" })

export const AdminUserPage = pageOf(AdminUser, "AdminUsers")

export const AdminUserBody = z.object({ user: AdminUser }).meta({ id: "AdminUserBody" })

export const UserDetails = z
  .object({
    user: AdminUser,
    sessions: z
      .array(
        z.object({ id: Id, createdAt: Timestamp, lastUsedAt: Timestamp, expiresAt: Timestamp })
      )
      .meta({ description: "Live sessions, newest first" }),
    orders: z.array(Order).meta({ description: `The newest ${shownOrders}, newest first` })
  })
  .meta({ id: "UserDetails" })

export const WhyBody = z
  .strictObject({
    reason: Reason.meta({ description: "Why, for the audit event", example: "a stolen password" })
  })
  .meta({ id: "AccessChange" })

const example = { reason: "a stolen password" }

export const adminUserOperations = named({
  searchUsers: {
    tag: "Administration",
    method: "get",
    path: "/api/admin/users",
    caller: "staff",
    summary: "Search users by address, or list them",
    description: "With `email` by address, without it newest first.",
    query: AdminUsersQuery,
    answers: { 200: { description: "A page of users", body: AdminUserPage } },
    errors: []
  },
  showUser: {
    tag: "Administration",
    method: "get",
    path: "/api/admin/users/:id",
    caller: "staff",
    summary: "One user, with sessions and newest orders",
    params: IdParams,
    answers: { 200: { description: "The user", body: UserDetails } },
    errors: ["not_found"]
  },
  disableUser: {
    tag: "Administration",
    method: "post",
    path: "/api/admin/users/:id/disable",
    caller: "admin",
    summary: "Disable an account and end its sessions",
    description:
      "The account gets no more tokens: a login is answered as with a wrong password, and a reset of the password does not enable it. Issued access tokens stay valid for up to 15 minutes. Refused for one's own account and for the last admin.",
    params: IdParams,
    body: WhyBody,
    example,
    answers: {
      200: { description: "Disabled, also if it was disabled before", body: AdminUserBody }
    },
    errors: ["not_found", "not_allowed"]
  },
  enableUser: {
    tag: "Administration",
    method: "post",
    path: "/api/admin/users/:id/enable",
    caller: "admin",
    summary: "Enable an account again",
    params: IdParams,
    body: WhyBody,
    example: { reason: "the owner called" },
    answers: {
      200: { description: "Enabled, also if it was enabled before", body: AdminUserBody }
    },
    errors: ["not_found"]
  },
  endUserSessions: {
    tag: "Administration",
    method: "post",
    path: "/api/admin/users/:id/end-sessions",
    caller: "admin",
    summary: "End all sessions of a user",
    description:
      "The password stays as it is. Refresh tokens end immediately; access tokens stay valid for up to 15 minutes.",
    params: IdParams,
    body: WhyBody,
    example,
    answers: { 204: { description: "Ended" } },
    errors: ["not_found"]
  }
})
