// A problem document as the answer to a request of the API.
import { problemAnswer } from "../http/problem.ts"
import type { ProblemCode } from "../http/problems.ts"
import { answer } from "./answer.ts"
import type { AnswerHeaders, ApiContext } from "./context.ts"
import type { ProblemExtension } from "./contract/problems.ts"

export interface ProblemOptions<K extends ProblemCode> {
  /** What went wrong this time; the meaning of the code where absent. */
  readonly detail?: string
  readonly headers?: AnswerHeaders
  readonly extension: ProblemExtension<K>
}

export const problem = <K extends ProblemCode>(
  c: ApiContext,
  code: K,
  options: ProblemOptions<K>
): Response => {
  const { status, headers, body } = problemAnswer(code, {
    ...options,
    requestId: c.get("requestId")
  })
  return answer(c, body, status, headers)
}
