// The errors of a client's call: a problem that the API answered, a response that is not from the API, or no response.
// An aborted call fails with its signal's reason, as `fetch` does.
import type { ProblemExtension } from "../api/contract/problems.ts"
import type { ProblemCode, problems } from "../http/problems.ts"

/** A problem document (RFC 9457) of the API, by its code: `out_of_stock` has `items`, and so on. */
export type Problem<K extends ProblemCode = ProblemCode> = {
  [Code in K]: {
    /** The path of the page that describes it. */
    readonly type: string
    readonly code: Code
    readonly status: (typeof problems)[Code]["status"]
    readonly title: string
    readonly detail: string
    /** The request id, which finds the request in the logs. */
    readonly instance: string
  } & Readonly<ProblemExtension<Code>>
}[K]

/** The API refused the request. `isProblem` narrows its problem by the code. */
export class ProblemError<K extends ProblemCode = ProblemCode> extends Error {
  override readonly name = "ProblemError"
  readonly problem: Problem<K>
  /** In seconds, where the answer had `Retry-After`. */
  readonly retryAfter: number | undefined

  constructor(problem: Problem<K>, retryAfter: number | undefined) {
    super(`${problem.title}: ${problem.detail} (${problem.code}, request ${problem.instance})`)
    this.problem = problem
    this.retryAfter = retryAfter
  }

  get code(): K {
    return this.problem.code
  }

  get status(): number {
    return this.problem.status
  }
}

/** Something between client and API answered, such as a proxy; or the API answered what the client can't read. */
export class UnexpectedAnswer extends Error {
  override readonly name = "UnexpectedAnswer"
  readonly status: number
  /** In seconds, where the answer had `Retry-After`. */
  readonly retryAfter: number | undefined

  constructor(status: number, text: string, retryAfter: number | undefined, cause?: unknown) {
    super(`an unexpected answer, ${status}: ${text.slice(0, 200)}`, { cause })
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** No response, a late one, or one that broke off: the request may still have had its effect. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError"

  constructor(url: string, cause: unknown) {
    super(`no answer from ${url}`, { cause })
  }
}

/** Whether an error is a problem with one of these codes; with any, where none is named. */
export const isProblem = <K extends ProblemCode = ProblemCode>(
  error: unknown,
  ...codes: ReadonlyArray<K>
): error is { [Code in K]: ProblemError<Code> }[K] =>
  error instanceof ProblemError && (codes.length === 0 || codes.includes(error.code as K))
