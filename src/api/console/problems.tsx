// Problems as pages: a sentence about what happened, and a link to continue. Any part of the API may answer a problem,
// so this converts the finished problem document.
import * as z from "zod"
import type { ProblemCode } from "../../http/problems.ts"
import type { ConsoleSession } from "../../services/accounts/consoleSession.ts"
import type { ApiRequest } from "../ApiRequest.ts"
import { FieldError } from "../contract/problems.ts"
import type { ConsoleFiles } from "./files.ts"
import { answerPage, answerPublicPage } from "./layout.tsx"
import { Facts } from "./parts.tsx"

const Problem = z.object({
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  instance: z.string(),
  errors: z.array(FieldError).optional()
})

/** What to tell where a problem's own detail is for programs. */
const sentences: { readonly [K in ProblemCode]?: string } = {
  rate_limited: "Too many requests came from your address. Wait a moment and try again.",
  payload_too_large: "What was sent is larger than 64 KiB. Nothing was changed.",
  unsupported_media_type: "This is not what a form sends. Nothing was changed.",
  request_timeout: "The form came in too slowly. Send it again.",
  internal:
    "This is an error of the service, and it is in the log. The action may have been done: check before you try again.",
  unavailable:
    "A required dependency is down, or the service is overloaded. The action may have been done: check before you try again.",
  method_not_allowed: "This address takes no such request."
}

const isKnown = (code: string): code is keyof typeof sentences => code in sentences

/** Headers of the problem that its page keeps. */
const kept = ["Retry-After", "Allow", "Set-Cookie"]

interface Visitor {
  readonly request: ApiRequest
  readonly files: ConsoleFiles
  /** Of who is logged in. */
  readonly session: ConsoleSession | undefined
}

export const problemPage = async (
  { request, files, session }: Visitor,
  problem: Response
): Promise<Response> => {
  const { title, status, code, detail, instance, errors = [] } = Problem.parse(await problem.json())
  const parts = { title, status }
  const content = (
    <div class="narrow">
      <h1>{title}</h1>
      <p>{(isKnown(code) ? sentences[code] : undefined) ?? detail}</p>
      {errors.length === 0 ? null : (
        <ul>
          {errors.map(({ path, message }) => (
            <li>
              <strong>{path}</strong> {message}
            </li>
          ))}
        </ul>
      )}
      <Facts
        facts={[
          ["Status", String(status)],
          ["Request", <code>{instance}</code>]
        ]}
      />
      <p>
        <a href="/console">To the overview</a>
      </p>
    </div>
  )
  const page =
    session === undefined
      ? answerPublicPage(request, files, parts, content)
      : answerPage({ request, files, session }, parts, content)
  for (const name of kept) {
    const value = problem.headers.get(name)
    if (value !== null) page.headers.set(name, value)
  }
  return page
}
