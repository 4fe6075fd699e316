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
      "The body, the query, a header or an id does not fit the schema. `errors` names each place and what is wrong there. Unknown fields are refused.",
    remedy: "Correct what `errors` names. The endpoint's schema says what fits."
  },
  invalid_otp: {
    status: 400,
    title: "Wrong code",
    meaning: "The code does not fit. The attempt was counted: five are allowed.",
    remedy:
      "Type the newest code again. After five attempts start again, or ask for a new code first."
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
    meaning: "Access tokens live 15 minutes. Refresh, then repeat the request.",
    remedy:
      "Exchange the refresh token at `POST /api/auth/refresh`, then repeat the request with the new access token."
  },
  invalid_token: {
    status: 401,
    title: "Invalid token",
    meaning: "The token was not issued here, not for this use, or it is damaged. Log in again.",
    remedy:
      "Log in again. Check that it is the access token that you send, and a refresh token only where one is asked for."
  },
  invalid_credentials: {
    status: 401,
    title: "Wrong email or password",
    meaning:
      "The same answer for an unknown address, one that was never verified, and a wrong password. Where the current password is asked for: it is wrong.",
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
    meaning: "The request needs an administrator.",
    remedy:
      "Ask an administrator to do it, or for the role. A new role holds from the next login or refresh on."
  },
  not_found: {
    status: 404,
    title: "Not found",
    meaning: "There is no such resource, or none that you may know of.",
    remedy:
      "Check the path and the id. What belongs to another user is answered like what is not there."
  },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    meaning: "The resource exists and does not take this method; `Allow` lists those it takes.",
    remedy: "Use one of the methods that `Allow` lists."
  },
  request_timeout: {
    status: 408,
    title: "Request too slow",
    meaning:
      "The headers have to arrive within 10 seconds. The body has 3 seconds more, plus one for each 8 KiB that came, 8 at most. When too many bodies are arriving, the oldest is given up. Send the request again.",
    remedy:
      "Send the request again, over a faster connection or with a smaller body. An order needs its `Idempotency-Key` for that."
  },
  out_of_stock: {
    status: 409,
    title: "Out of stock",
    meaning: "`items` lists what is short. Nothing was reserved, the order was not placed.",
    remedy: "Order at most what `items` says is available, or leave those products out."
  },
  insufficient_stock: {
    status: 409,
    title: "Insufficient stock",
    meaning: "The adjustment would take the stock below zero. Nothing was changed.",
    remedy: "Take away at most what `available` says."
  },
  not_cancellable: {
    status: 409,
    title: "Order can't be cancelled",
    meaning: "Only pending and confirmed orders can be cancelled.",
    remedy: "Read the order: its `status` says what became of it."
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
    remedy: "Ask for a new code, where you asked for this one."
  },
  payload_too_large: {
    status: 413,
    title: "Body too large",
    meaning: "Bodies may have 64 KiB.",
    remedy: "Send less: split the order, or shorten its texts."
  },
  unsupported_media_type: {
    status: 415,
    title: "Unsupported media type",
    meaning:
      "Bodies are JSON in UTF-8, not packed: `Content-Type: application/json`, no `Content-Encoding`.",
    remedy: "Send `Content-Type: application/json` and leave out `Content-Encoding`."
  },
  weak_password: {
    status: 422,
    title: "Password too weak",
    meaning: "The password does not meet the policy; `detail` says what would.",
    remedy: "Take a longer password: several words that do not belong together."
  },
  channel_unavailable: {
    status: 422,
    title: "Channel unavailable",
    meaning:
      "This deployment sends no text messages, or none to the country of this number; `detail` says which.",
    remedy: "Have the code sent by mail, or take a number of another country."
  },
  unknown_sku: {
    status: 422,
    title: "Unknown product",
    meaning: "`skus` lists what is not for sale. The order was not placed.",
    remedy: "Leave out what `skus` lists. `GET /api/products` has what is for sale."
  },
  mixed_currency: {
    status: 422,
    title: "Mixed currencies",
    meaning: "An order has one currency. Order the products of each currency on their own.",
    remedy: "Place an order for each currency."
  },
  idempotency_mismatch: {
    status: 422,
    title: "Idempotency key used before",
    meaning: "The `Idempotency-Key` belongs to an earlier, different request. Use a new one.",
    remedy:
      "Draw a new key for each order or adjustment, and keep it for retries of the same one alone."
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    meaning: "`Retry-After` says in how many seconds to try again, `RateLimit-Policy` what holds.",
    remedy:
      "Wait for the seconds of `Retry-After`. Spread requests by what `RateLimit` says is left."
  },
  too_many_attempts: {
    status: 429,
    title: "Too many attempts",
    meaning: "Five codes were tried on this verification. It is over: start again.",
    remedy: "Start again where you asked for the code: register, or ask for a reset."
  },
  headers_too_large: {
    status: 431,
    title: "Headers too large",
    meaning: "The request line and the headers may have 16 KiB together.",
    remedy: "Send fewer or shorter headers, cookies among them, and a shorter query."
  },
  internal: {
    status: 500,
    title: "Internal error",
    meaning: "The mistake is ours. It is in the log under the request id that `instance` carries.",
    remedy: "Try again later. If it stays, tell the operators the request id."
  },
  unavailable: {
    status: 503,
    title: "Unavailable",
    meaning:
      "A part that is needed is down, or the service is too busy. Try again after `Retry-After` seconds, orders with an `Idempotency-Key`.",
    remedy:
      "Wait for the seconds of `Retry-After` and send the same request again; an order with the same `Idempotency-Key`."
  }
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problems
export const problemCodes = Object.keys(problems) as ReadonlyArray<ProblemCode>
