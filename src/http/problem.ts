// Errors as RFC 9457 problem documents: built only here, for the API, the worker and Node's parser.
import { recentLoginSeconds } from "../services/accounts/model/Session.ts"
import { type ProblemCode, problems } from "./problems.ts"

export interface ProblemOptions {
  /** Names the request: the document's `instance`. */
  readonly requestId: string
  /** This occurrence of the problem; by default the meaning of the code. */
  readonly detail?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Members beyond the common ones. */
  readonly extension?: object
}

/** An answer, for any host to make a response of. */
export interface ProblemAnswer {
  readonly status: (typeof problems)[ProblemCode]["status"]
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

/** Seconds after which a dependency that was away is worth another try. */
const unavailableRetrySeconds = 2

/** `WWW-Authenticate` of a 401: RFC 6750, and RFC 9470 for a login that is too old. */
const challenge = (code: ProblemCode): string => {
  const realm = 'Bearer realm="orders"'
  const because = (error: string) =>
    `${realm}, error="${error}", error_description="${problems[code].title}"`
  switch (code) {
    case "invalid_token":
    case "token_expired":
    case "session_revoked":
      return because("invalid_token")
    case "login_required":
      return `${because("insufficient_user_authentication")}, max_age=${recentLoginSeconds}`
    default:
      return realm
  }
}

export const problemAnswer = (
  code: ProblemCode,
  { requestId, detail, headers, extension }: ProblemOptions
): ProblemAnswer => {
  const { status, title, meaning } = problems[code]
  return {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      ...(status === 401 ? { "WWW-Authenticate": challenge(code) } : {}),
      ...(status === 503 ? { "Retry-After": String(unavailableRetrySeconds) } : {}),
      ...headers
    },
    body: JSON.stringify({
      type: `/docs/errors/${code}`,
      title,
      status,
      detail: detail ?? meaning,
      instance: requestId,
      code,
      ...extension
    })
  }
}

/** What answers outside of the API carry: no cache stores them, and no client takes them for another type. */
export const bareHeaders = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff"
} as const

/** A problem outside of the API, under a new request id. */
export const bareProblem = (
  code: ProblemCode,
  options: Omit<ProblemOptions, "requestId"> = {}
): ProblemAnswer => {
  const requestId = crypto.randomUUID()
  const answer = problemAnswer(code, { ...options, requestId })
  return {
    ...answer,
    headers: { ...bareHeaders, "X-Request-Id": requestId, ...answer.headers }
  }
}
