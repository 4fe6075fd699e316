// Logging in at the console: the use case of the API, with its limits, its audit events, and the same answer for an
// address without an account as for a wrong password.
import { Effect, Option, Redacted } from "effect"
import { logInToConsole } from "../../services/accounts/consoleSession.ts"
import type { ApiRequest } from "../ApiRequest.ts"
import { LoginBody } from "../contract/auth.ts"
import { keepCookie, readCookie } from "./cookies.ts"
import type { ConsoleFiles } from "./files.ts"
import { answerPublicPage } from "./layout.tsx"
import { goTo, textOf } from "./Page.ts"
import { Field, Notice } from "./parts.tsx"

interface Attempt {
  readonly email: string
  /** The link to continue. */
  readonly next: string
  readonly notice?: { readonly tone: "good" | "bad"; readonly text: string }
  readonly status?: number
}

const loginPage = (
  request: ApiRequest,
  files: ConsoleFiles,
  { email, next, notice, status = 200 }: Attempt
): Response =>
  answerPublicPage(
    request,
    files,
    { title: "Log in", status },
    <div class="narrow">
      <h1>Log in</h1>
      {notice === undefined ? null : <Notice tone={notice.tone}>{notice.text}</Notice>}
      <form method="post" action="/console/login" class="stack">
        <input type="hidden" name="next" value={next} />
        <Field
          name="email"
          label="Email"
          type="email"
          autocomplete="username"
          required
          value={email}
        />
        <Field
          name="password"
          label="Password"
          type="password"
          autocomplete="current-password"
          required
        />
        <button type="submit" class="primary">
          Log in
        </button>
      </form>
      <p class="quiet">
        For support and administrators. A session ends after 30 minutes without a page, and after 12
        hours.
      </p>
    </div>
  )

/** A path of the console; another one in a link is ignored. */
const insideConsole = (path: string): string =>
  /^\/console(?:[/?][\x21-\x7e]*)?$/u.test(path) ? path : "/console"

export const showLogin = (request: ApiRequest, files: ConsoleFiles): Response => {
  const query = new URL(request.hono.req.url).searchParams
  return loginPage(request, files, {
    email: "",
    next: insideConsole(query.get("next") ?? ""),
    ...(query.has("out") ? { notice: { tone: "good", text: "You are logged out." } } : {})
  })
}

const wrong = "The address or the password is wrong."

export const logIn = Effect.fnUntraced(function* (
  request: ApiRequest,
  files: ConsoleFiles,
  form: FormData
) {
  const email = textOf(form, "email")
  const next = insideConsole(textOf(form, "next"))
  const refused = (text: string, status: number) =>
    loginPage(request, files, { email, next, status, notice: { tone: "bad", text } })
  const typed = LoginBody.safeParse({ email, password: form.get("password") })
  if (!typed.success) return refused(wrong, 422)
  const result = yield* logInToConsole({
    email: typed.data.email,
    password: Redacted.make(typed.data.password),
    client: request.address,
    deviceToken: Option.fromUndefinedOr(readCookie(request, "device"))
  }).pipe(
    Effect.catchTags({
      InvalidCredentials: () => Effect.succeed(refused(wrong, 422)),
      NotStaff: () =>
        Effect.succeed(
          refused(
            "The console is for support and administrators, and this account is neither.",
            403
          )
        )
    })
  )
  if (result instanceof Response) return result
  const response = goTo(request, next)
  keepCookie(request, response, "session", result.token)
  keepCookie(request, response, "device", result.deviceToken)
  return response
})
