// Errors as RFC 9457 problem documents: the one shape that every answer with a status of 400 or more has.
import { type ProblemCode, type ProblemExtension, problems } from "./contract/problems.ts"
import type { ApiContext } from "./environment.ts"

export interface ProblemOptions<K extends ProblemCode> {
  /** What went wrong this time; the title of the code where absent. */
  readonly detail?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly extension: ProblemExtension<K>
}

/** Text for a quoted string of a header. */
const challenge = (code: ProblemCode): string =>
  code === "invalid_token" || code === "token_expired" || code === "session_revoked"
    ? `Bearer realm="orders", error="invalid_token", error_description="${problems[code].title}"`
    : 'Bearer realm="orders"'

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
  return c.body(JSON.stringify(body), status, {
    "Content-Type": "application/problem+json",
    ...(status === 401 ? { "WWW-Authenticate": challenge(code) } : {}),
    ...headers
  })
}
