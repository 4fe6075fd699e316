// Errors as RFC 9457 problem documents: the one shape that every answer with a status of 400 or more has.
import { recentLoginSeconds } from "../services/accounts/model/Session.ts"
import { answer } from "./answer.ts"
import type { AnswerHeaders, ApiContext } from "./context.ts"
import { type ProblemCode, type ProblemExtension, problems } from "./contract/problems.ts"

export interface ProblemOptions<K extends ProblemCode> {
  /** What went wrong this time; the title of the code where absent. */
  readonly detail?: string
  readonly headers?: AnswerHeaders
  readonly extension: ProblemExtension<K>
}

/** What RFC 6750 and, for logins that are too old, RFC 9470 have clients told of the token they sent. */
const challenge = (code: ProblemCode): string => {
  const told = (error: string) =>
    `Bearer realm="orders", error="${error}", error_description="${problems[code].title}"`
  switch (code) {
    case "invalid_token":
    case "token_expired":
    case "session_revoked":
      return told("invalid_token")
    case "login_required":
      return `${told("insufficient_user_authentication")}, max_age=${recentLoginSeconds}`
    default:
      return 'Bearer realm="orders"'
  }
}

/** Seconds after which a dependency that was away is worth another try. */
const unavailableRetrySeconds = 2

export const problem = <K extends ProblemCode>(
  c: ApiContext,
  code: K,
  { detail, headers, extension }: ProblemOptions<K>
): Response => {
  const { status, title, meaning } = problems[code]
  const body = {
    type: `/docs/errors/${code}`,
    title,
    status,
    detail: detail ?? meaning,
    instance: c.get("requestId"),
    code,
    ...extension
  }
  return answer(c, JSON.stringify(body), status, {
    "Content-Type": "application/problem+json",
    ...(status === 401 ? { "WWW-Authenticate": challenge(code) } : {}),
    ...(status === 503 ? { "Retry-After": String(unavailableRetrySeconds) } : {}),
    ...headers
  })
}
