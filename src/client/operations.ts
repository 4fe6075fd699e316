// The operations of the API as the client calls them: method and path here, inputs and answers from the schemas of
// src/api/contract. These are only types, so no schema and no validator is in the client's bundle.
import type * as z from "zod"
import type { adminOperations } from "../api/contract/admin.ts"
import type { adminOrderOperations } from "../api/contract/adminOrders.ts"
import type { adminUserOperations } from "../api/contract/adminUsers.ts"
import type { authOperations } from "../api/contract/auth.ts"
import type { orderOperations } from "../api/contract/orders.ts"
import type { overviewOperations } from "../api/contract/overview.ts"
import type { productOperations } from "../api/contract/products.ts"
import type { mailboxOperations } from "../api/contract/system.ts"

export type Operations = typeof authOperations &
  typeof productOperations &
  typeof orderOperations &
  typeof adminOperations &
  typeof adminOrderOperations &
  typeof adminUserOperations &
  typeof overviewOperations &
  typeof mailboxOperations

export type OperationId = keyof Operations

/** Method, path and caller of every operation. The compiler compares them with the contract's. */
export const routes = {
  register: ["post", "/api/auth/register", "anyone"],
  verifyOtp: ["post", "/api/auth/verify-otp", "anyone"],
  resendOtp: ["post", "/api/auth/resend-otp", "anyone"],
  login: ["post", "/api/auth/login", "anyone"],
  refresh: ["post", "/api/auth/refresh", "session"],
  logout: ["post", "/api/auth/logout", "session"],
  me: ["get", "/api/auth/me", "user"],
  changeProfile: ["patch", "/api/auth/me", "user"],
  forgotPassword: ["post", "/api/auth/forgot-password", "anyone"],
  resetPassword: ["post", "/api/auth/reset-password", "anyone"],
  changePassword: ["post", "/api/auth/change-password", "user"],
  changePhone: ["post", "/api/auth/phone", "user"],
  removePhone: ["delete", "/api/auth/phone", "user"],
  listSessions: ["get", "/api/auth/sessions", "user"],
  endSessions: ["delete", "/api/auth/sessions", "user"],
  endSession: ["delete", "/api/auth/sessions/:id", "user"],
  listProducts: ["get", "/api/products", "anyone"],
  getProduct: ["get", "/api/products/:sku", "anyone"],
  putProduct: ["put", "/api/products/:sku", "admin"],
  removeProduct: ["delete", "/api/products/:sku", "admin"],
  adjustStock: ["post", "/api/products/:sku/stock", "admin"],
  listMovements: ["get", "/api/products/:sku/stock", "admin"],
  listCatalogue: ["get", "/api/admin/products", "staff"],
  getFromCatalogue: ["get", "/api/admin/products/:sku", "staff"],
  changeProduct: ["patch", "/api/products/:sku", "admin"],
  placeOrder: ["post", "/api/orders", "user"],
  listOrders: ["get", "/api/orders", "user"],
  getOrder: ["get", "/api/orders/:id", "owner"],
  followOrder: ["get", "/api/orders/:id/events", "owner"],
  cancelOrder: ["post", "/api/orders/:id/cancel", "owner"],
  listDeadLetters: ["get", "/api/admin/dead-letters", "admin"],
  redriveDeadLetters: ["post", "/api/admin/dead-letters/redrive", "admin"],
  dropDeadLetters: ["post", "/api/admin/dead-letters/drop", "admin"],
  fulfilOrder: ["post", "/api/admin/orders/:id/fulfil", "admin"],
  failOrder: ["post", "/api/admin/orders/:id/fail", "admin"],
  resendConfirmation: ["post", "/api/admin/orders/:id/resend-confirmation", "staff"],
  listEvents: ["get", "/api/admin/events", "admin"],
  searchOrders: ["get", "/api/admin/orders", "staff"],
  showOrder: ["get", "/api/admin/orders/:id", "staff"],
  searchUsers: ["get", "/api/admin/users", "staff"],
  showUser: ["get", "/api/admin/users/:id", "staff"],
  disableUser: ["post", "/api/admin/users/:id/disable", "admin"],
  enableUser: ["post", "/api/admin/users/:id/enable", "admin"],
  endUserSessions: ["post", "/api/admin/users/:id/end-sessions", "admin"],
  overview: ["get", "/api/admin/overview", "staff"],
  mailbox: ["get", "/dev/mailbox.json", "anyone"]
} as const satisfies {
  readonly [K in OperationId]: readonly [
    Operations[K]["method"],
    Operations[K]["path"],
    Operations[K]["caller"]
  ]
}

type Keyed = {
  [K in OperationId]: Operations[K] extends { readonly headers: infer H extends z.ZodType }
    ? "Idempotency-Key" extends keyof z.input<H>
      ? K
      : never
    : never
}[OperationId]

/** Operations that take an `Idempotency-Key`: the client gives each call one, so that it may be sent again. */
export const keyed = { placeOrder: true, adjustStock: true } as const satisfies Record<Keyed, true>

type ParamsOf<O> = O extends { readonly params: infer P extends z.ZodType } ? z.input<P> : unknown
type BodyOf<O> = O extends { readonly body: infer B extends z.ZodType }
  ? O extends { readonly bodyIsOptional: true }
    ? Partial<z.input<B>>
    : z.input<B>
  : unknown

/** A query holds texts; what the API reads as a number is given as one. */
type QueryOf<O> = O extends { readonly query: infer Q extends z.ZodType }
  ? { [K in keyof z.input<Q>]: Numeric<z.input<Q>[K], z.output<Q>, K> }
  : unknown
type Numeric<Text, Read, K> = K extends keyof Read
  ? NonNullable<Read[K]> extends number
    ? number | undefined
    : Text
  : Text

type Simple<T> = { readonly [K in keyof T]: T[K] }

/** What an operation takes: parameters of its path, its query and the members of its body, in one object. */
export type Input<K extends OperationId> = Simple<
  ParamsOf<Operations[K]> & QueryOf<Operations[K]> & BodyOf<Operations[K]>
>

/** What an operation answers; nothing for 204. */
export type Answer<K extends OperationId> = AnswerIn<Operations[K]["answers"]>
type AnswerIn<Answers> = {
  [Status in keyof Answers]: Status extends 200 | 201 | 202 | 204
    ? Answers[Status] extends { readonly body: infer B extends z.ZodType }
      ? z.output<B>
      : undefined
    : never
}[keyof Answers]

export type Order = Answer<"getOrder">
export type OrderStatus = Order["status"]
export type TimelineEntry = Order["timeline"][number]
export type Product = Answer<"getProduct">
export type User = Answer<"me">["user"]
export type Session = Answer<"listSessions">["items"][number]
export type PendingVerification = Answer<"register">
