// Every error code that a client can get: its status, and its explanation for people. All answers with an error, the
// OpenAPI document and the error pages are made from this table.

interface ProblemKind {
  readonly status:
    | 400
    | 401
    | 403
    | 404
    | 405
    | 408
    | 409
    | 410
    | 413
    | 415
    | 422
    | 429
    | 431
    | 500
    | 503
  readonly title: string
  /** When it is answered: the `detail` of an answer that has no better one. */
  readonly meaning: string
  /** What to do about it. */
  readonly remedy: string
}

export const problems = {
  invalid_request: {
    status: 400,
    title: "Invalid request",
    meaning:
      "The body, the query, a header or an id does not match the schema. `errors` lists each invalid field with the reason. Unknown fields are refused.",
    remedy: "Correct the fields in `errors`. The endpoint's schema says what is valid."
  },
  invalid_otp: {
    status: 400,
    title: "Wrong code",
    meaning: "The code is wrong. The attempt was counted: five are allowed.",
    remedy: "Type the newest code again, or request a new one. After five attempts start again."
  },
  unauthorized: {
    status: 401,
    title: "Not logged in",
    meaning: "The request needs an access token: `Authorization: Bearer <accessToken>`.",
    remedy: "Log in, and send the access token with each request."
  },
  token_expired: {
    status: 401,
    title: "Access token expired",
    meaning: "An access token is valid for 15 minutes. Refresh, then repeat the request.",
    remedy:
      "Exchange the refresh token at `POST /api/auth/refresh`, then repeat the request with the new access token."
  },
  invalid_token: {
    status: 401,
    title: "Invalid token",
    meaning:
      "The token was not issued by this service or not for this use, or it is damaged. Log in again.",
    remedy:
      "Log in again. Check that you send the access token, and a refresh token only to the endpoints that need one."
  },
  invalid_credentials: {
    status: 401,
    title: "Wrong email or password",
    meaning:
      "The answer is the same for an unknown address, an unverified one, and a wrong password. On endpoints that need the current password, it is wrong.",
    remedy: "Check both, or set a new password: `POST /api/auth/forgot-password`."
  },
  session_revoked: {
    status: 401,
    title: "Session ended",
    meaning:
      "The session of this refresh token has ended: by logout, by expiry, by a new password, or because an old refresh token was used again. Log in again.",
    remedy:
      "Log in again. If you did not end the session, change the password: another person may have the refresh token."
  },
  login_required: {
    status: 401,
    title: "Recent login required",
    meaning:
      "This needs a session that has not ended and whose login was at most 15 minutes ago. Log in again, then repeat the request; a refresh does not help.",
    remedy: "Log in with the password, then repeat the request within 15 minutes."
  },
  forbidden: {
    status: 403,
    title: "Not allowed",
    meaning:
      "Your role does not allow the request: some requests need support or an administrator, others an administrator. Or a form of the console is from another login.",
    remedy:
      "Ask an administrator to do it, or to grant you the role. A new role takes effect at the next login or refresh. In the console, open the form's page again."
  },
  not_found: {
    status: 404,
    title: "Not found",
    meaning: "There is no such resource, or you have no right to see it.",
    remedy:
      "Check the path and the id. The answer for another user's resource is the same as for an unknown one."
  },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    meaning:
      "The resource exists but does not support this method; `Allow` lists the supported ones.",
    remedy: "Use one of the methods that `Allow` lists."
  },
  request_timeout: {
    status: 408,
    title: "Request too slow",
    meaning:
      "The headers must arrive within 10 seconds. The body has 3 seconds more, plus one for each 8 KiB that arrived, at most 8. When too many bodies are arriving, the oldest is dropped. Send the request again.",
    remedy:
      "Send the request again, over a faster connection or with a smaller body. An order needs its `Idempotency-Key` for that."
  },
  out_of_stock: {
    status: 409,
    title: "Out of stock",
    meaning:
      "`items` lists the products without enough stock. Nothing was reserved, the order was not placed.",
    remedy: "Order at most the available quantity in `items`, or leave those products out."
  },
  insufficient_stock: {
    status: 409,
    title: "Insufficient stock",
    meaning: "The adjustment would take the stock below zero. Nothing was changed.",
    remedy: "Remove at most the quantity in `available`."
  },
  not_cancellable: {
    status: 409,
    title: "Order can't be cancelled",
    meaning: "Only pending and confirmed orders can be cancelled.",
    remedy: "Read the order: its `status` shows what happened to it."
  },
  not_allowed: {
    status: 409,
    title: "Not allowed now",
    meaning:
      "The order's status, or the state of its mails, does not allow it; or the account is one's own, or that of the last admin. `detail` says which. Nothing was changed.",
    remedy:
      "Read `detail`, then the order or the account: repeat the request once its state allows it."
  },
  verification_expired: {
    status: 410,
    title: "Verification expired",
    meaning: "The verification is unknown, was used, or is older than 10 minutes. Start again.",
    remedy: "Request a new code, at the endpoint where you requested this one."
  },
  payload_too_large: {
    status: 413,
    title: "Body too large",
    meaning: "Bodies may have 64 KiB.",
    remedy: "Send a smaller body: split the order, or shorten its texts."
  },
  unsupported_media_type: {
    status: 415,
    title: "Unsupported media type",
    meaning:
      "Bodies are JSON in UTF-8, not compressed: `Content-Type: application/json`, no `Content-Encoding`.",
    remedy: "Send `Content-Type: application/json` and leave out `Content-Encoding`."
  },
  weak_password: {
    status: 422,
    title: "Password too weak",
    meaning: "The password does not meet the policy; `detail` says what is missing.",
    remedy: "Choose a longer password: several unrelated words."
  },
  channel_unavailable: {
    status: 422,
    title: "Channel unavailable",
    meaning:
      "This deployment sends no text messages, or none to the country of this number; `detail` says which.",
    remedy: "Have the code sent by mail, or use a number of another country."
  },
  unknown_sku: {
    status: 422,
    title: "Unknown product",
    meaning: "`skus` lists the products that are not for sale. The order was not placed.",
    remedy: "Leave out the products in `skus`. `GET /api/products` lists the products for sale."
  },
  mixed_currency: {
    status: 422,
    title: "Mixed currencies",
    meaning: "An order has one currency. Order the products of each currency separately.",
    remedy: "Place an order for each currency."
  },
  idempotency_mismatch: {
    status: 422,
    title: "Idempotency key used before",
    meaning: "The `Idempotency-Key` belongs to an earlier, different request. Use a new one.",
    remedy:
      "Create a new key for each order or adjustment, and use it again only for retries of the same one."
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    meaning:
      "`Retry-After` says after how many seconds to retry, and `RateLimit-Policy` has the limit.",
    remedy:
      "Wait for the seconds in `Retry-After`. Spread requests by the remaining number in `RateLimit`."
  },
  too_many_attempts: {
    status: 429,
    title: "Too many attempts",
    meaning:
      "Five codes were tried on this verification, so it can't be used any more. Start again.",
    remedy: "Start again with the endpoint that sent the code: register, or request a reset."
  },
  headers_too_large: {
    status: 431,
    title: "Headers too large",
    meaning: "The request line and the headers together may have 16 KiB.",
    remedy: "Send fewer or shorter headers and cookies, and a shorter query."
  },
  internal: {
    status: 500,
    title: "Internal error",
    meaning:
      "This is an error of the service. It is in the log under the request id in `instance`.",
    remedy: "Try again later. If the error remains, give the operators the request id."
  },
  unavailable: {
    status: 503,
    title: "Unavailable",
    meaning:
      "A required dependency is down, or the service is overloaded. Retry after `Retry-After` seconds, orders with an `Idempotency-Key`.",
    remedy:
      "Wait for the seconds in `Retry-After` and send the same request again; an order with the same `Idempotency-Key`."
  }
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problems
export const problemCodes = Object.keys(problems) as ReadonlyArray<ProblemCode>
