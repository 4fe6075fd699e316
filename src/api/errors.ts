// The only table from an error of a use case to a response. An error without a row does not compile, and no handler
// answers an error itself.

import { Predicate } from "effect"
import { type ProblemCode, problems } from "../http/problems.ts"
import type {
  AccessNotChangeable,
  ChannelUnavailable,
  InvalidCredentials,
  InvalidOtp,
  LoginRequired,
  NotStaff,
  ResendTooSoon,
  SessionNotFound,
  SessionRevoked,
  TooManyAttempts,
  UserNotFound,
  VerificationExpired,
  WeakPassword
} from "../services/accounts/model/errors.ts"
import { resendCooldownSeconds } from "../services/accounts/model/Verification.ts"
import type { AccountStoreError } from "../services/accounts/ports/AccountStore.ts"
import type { SessionStoreError } from "../services/accounts/ports/SessionStore.ts"
import type { InvalidToken, TokenExpired } from "../services/accounts/ports/TokenSigner.ts"
import type { VerificationStoreError } from "../services/accounts/ports/VerificationStore.ts"
import type { AuditLogError } from "../services/audit/AuditLog.ts"
import type { IdempotencyMismatch } from "../services/IdempotencyMismatch.ts"
import type {
  MixedCurrency,
  OrderNotAllowed,
  OrderNotCancellable,
  OrderNotFound,
  OutOfStock,
  RangeRequired,
  TooManyStreams,
  UnknownSku
} from "../services/orders/model/errors.ts"
import type { DeadLettersError } from "../services/orders/ports/DeadLetters.ts"
import type { OrderSearchError } from "../services/orders/ports/OrderSearch.ts"
import type { OrderStoreError } from "../services/orders/ports/OrderStore.ts"
import { slotSeconds, slotsPerUser } from "../services/orders/ports/StreamSlots.ts"
import type { InsufficientStock, ProductNotFound } from "../services/products/model/errors.ts"
import type { ProductStoreError } from "../services/products/ports/ProductStore.ts"
import type { Overloaded } from "../services/runtime/Overloaded.ts"
import type { RateLimited } from "../services/runtime/RateLimiter.ts"
import type { ApiRequest, ProblemOptions } from "./ApiRequest.ts"
import type { Forbidden, Unauthorized } from "./authorizationErrors.ts"
import type { ExtendedCode } from "./contract/problems.ts"
import { refusalHeaders } from "./rateLimitHeaders.ts"

/** Every error that a handler may leave to `run`. */
export type PublicError =
  | Unauthorized
  | Forbidden
  | NotStaff
  | InvalidToken
  | TokenExpired
  | InvalidCredentials
  | InvalidOtp
  | VerificationExpired
  | TooManyAttempts
  | ResendTooSoon
  | WeakPassword
  | SessionRevoked
  | LoginRequired
  | SessionNotFound
  | UserNotFound
  | AccessNotChangeable
  | ChannelUnavailable
  | ProductNotFound
  | InsufficientStock
  | OrderNotFound
  | OrderNotCancellable
  | OrderNotAllowed
  | OutOfStock
  | UnknownSku
  | MixedCurrency
  | RangeRequired
  | TooManyStreams
  | IdempotencyMismatch
  | RateLimited
  | Overloaded
  | AccountStoreError
  | VerificationStoreError
  | SessionStoreError
  | ProductStoreError
  | OrderStoreError
  | OrderSearchError
  | DeadLettersError
  | AuditLogError

type Tag = PublicError["_tag"]
type ErrorOf<T extends Tag> = Extract<PublicError, { readonly _tag: T }>

/** An answer whose extension fits its code. */
type Row = { readonly [K in ProblemCode]: { readonly code: K } & ProblemOptions<K> }[ProblemCode]

/** A code that says it all. */
const plain = (code: Exclude<ProblemCode, ExtendedCode>) => (): Row => ({ code, extension: {} })

const unavailable = plain("unavailable")

/** When to try again for an event stream. A slot is free as soon as another stream ends, which can't be foreseen. */
const freeSlotSeconds = 15

const rows: { readonly [T in Tag]: (error: ErrorOf<T>) => Row } = {
  Unauthorized: plain("unauthorized"),
  Forbidden: plain("forbidden"),
  NotStaff: () => ({
    code: "forbidden",
    detail: "The console is for support and administrators, and this account is neither.",
    extension: {}
  }),
  InvalidToken: plain("invalid_token"),
  TokenExpired: plain("token_expired"),
  InvalidCredentials: plain("invalid_credentials"),
  InvalidOtp: plain("invalid_otp"),
  VerificationExpired: plain("verification_expired"),
  TooManyAttempts: plain("too_many_attempts"),
  ResendTooSoon: ({ retryAfterSeconds }) => ({
    code: "rate_limited",
    detail: `A new code can be sent in ${retryAfterSeconds} seconds.`,
    headers: refusalHeaders("resend", {
      limit: 1,
      windowSeconds: resendCooldownSeconds,
      remaining: 0,
      resetSeconds: retryAfterSeconds
    }),
    extension: {}
  }),
  WeakPassword: ({ advice }) => ({ code: "weak_password", detail: advice, extension: {} }),
  SessionRevoked: plain("session_revoked"),
  LoginRequired: plain("login_required"),
  SessionNotFound: ({ id }) => ({
    code: "not_found",
    detail: `You have no session ${id}.`,
    extension: {}
  }),
  UserNotFound: ({ id }) => ({
    code: "not_found",
    detail: `There is no user ${id}.`,
    extension: {}
  }),
  AccessNotChangeable: ({ because }) => ({
    code: "not_allowed",
    detail:
      because === "own"
        ? "Administrators cannot disable their own account."
        : "No admin would be left whose account may be used.",
    extension: {}
  }),
  ChannelUnavailable: ({ missing }) => ({
    code: "channel_unavailable",
    detail:
      missing === "country"
        ? "No text messages are sent to numbers of this country."
        : "This deployment sends no text messages.",
    extension: {}
  }),
  ProductNotFound: ({ sku }) => ({
    code: "not_found",
    detail: `No product ${sku} is for sale.`,
    extension: {}
  }),
  InsufficientStock: ({ sku, available }) => ({
    code: "insufficient_stock",
    detail: `Of ${sku} only ${available} are in stock.`,
    extension: { available }
  }),
  OrderNotFound: ({ id }) => ({
    code: "not_found",
    detail: `There is no order ${id}.`,
    extension: {}
  }),
  OrderNotCancellable: ({ status }) => ({
    code: "not_cancellable",
    detail: `The order is ${status}.`,
    extension: {}
  }),
  OrderNotAllowed: ({ status, confirmation, notice }) => ({
    code: "not_allowed",
    detail:
      `The order is ${status}, and its confirmation mail is ${confirmation}` +
      (notice === undefined ? "." : `; the mail about its end is ${notice}.`),
    extension: {}
  }),
  OutOfStock: ({ items }) => ({ code: "out_of_stock", extension: { items: [...items] } }),
  UnknownSku: ({ skus }) => ({ code: "unknown_sku", extension: { skus: [...skus] } }),
  MixedCurrency: ({ currencies }) => ({
    code: "mixed_currency",
    extension: { currencies: [...currencies] }
  }),
  TooManyStreams: () => ({
    code: "rate_limited",
    detail: `You have ${slotsPerUser} event streams open. Close one, or wait for one to end.`,
    headers: refusalHeaders("streams", {
      limit: slotsPerUser,
      windowSeconds: slotSeconds,
      remaining: 0,
      resetSeconds: freeSlotSeconds
    }),
    extension: {}
  }),
  RangeRequired: ({ maxDays }) => ({
    code: "invalid_request",
    detail: "No index bounds this combination of conditions, so a range of time has to.",
    extension: {
      errors: [
        {
          path: "query.from",
          message: `must be given, at most ${maxDays} days before \`to\` (or before now, without \`to\`)`
        }
      ]
    }
  }),
  IdempotencyMismatch: plain("idempotency_mismatch"),
  RateLimited: ({ rule, quota }) => ({
    code: "rate_limited",
    headers: refusalHeaders(rule, quota),
    extension: {}
  }),
  Overloaded: unavailable,
  AccountStoreError: unavailable,
  VerificationStoreError: unavailable,
  SessionStoreError: unavailable,
  ProductStoreError: unavailable,
  OrderStoreError: unavailable,
  OrderSearchError: unavailable,
  DeadLettersError: unavailable,
  AuditLogError: unavailable
}

// One row takes exactly the error of its tag; the compiler can't see that for a union of tags.
const rowOf = (error: PublicError): Row => (rows[error._tag] as (error: PublicError) => Row)(error)

/** The answer to an error. */
export const answerError = (request: ApiRequest, error: PublicError): Response => {
  const row = rowOf(error)
  return request.problem(row.code, row)
}

const isPublic = (error: unknown): error is PublicError =>
  Predicate.hasProperty(error, "_tag") &&
  typeof error._tag === "string" &&
  Object.hasOwn(rows, error._tag)

/** Whether an error is the client's to mend: its answer is a 4xx. */
export const isClientError = (error: unknown): boolean =>
  isPublic(error) && problems[rowOf(error).code].status < 500
