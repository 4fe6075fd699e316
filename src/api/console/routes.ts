// /console: the operators' pages. A process loads only this file at start, and the pages with the first visit, since
// most processes of the API never show one. Each visit is checked here: the session's cookie, the role, and for a form
// its key.
import { Effect, Option } from "effect"
import {
  type ConsoleSession,
  logOutOfConsole,
  readConsoleSession
} from "../../services/accounts/consoleSession.ts"
import { auditDenied } from "../../services/audit/auditDenied.ts"
import { now } from "../../services/time.ts"
import type { ApiRequest } from "../ApiRequest.ts"
import { Forbidden } from "../authorizationErrors.ts"
import type { ApiContext } from "../context.ts"
import type { Program, Serve } from "../serve.ts"
import { dropCookie, isFromHere, keepCookie, readCookie } from "./cookies.ts"
import type { ConsoleFiles } from "./files.ts"
import { goTo, isForPart, type Page, textOf, type Visit } from "./Page.ts"
import type { PagePath } from "./pages.ts"

interface Entry {
  readonly path: PagePath
  readonly who: "staff" | "admin"
  /** Whether it has a form. */
  readonly acts?: true
  /** Whether a page requests it by a script, although the request does not show it. */
  readonly byItself?: true
}

/** One import for all pages, so that the bundle has one file of them. */
const load = Effect.promise(() => import("./pages.ts"))

const staff = (path: PagePath): Entry => ({ path, who: "staff" })
const admin = (path: PagePath): Entry => ({ path, who: "admin" })
const withForm = (entry: Entry): Entry => ({ ...entry, acts: true })

/** Each path in full: patterns would take the router its fastest way, for all routes of the API. */
const entries: ReadonlyArray<Entry> = [
  staff("/console"),
  staff("/console/now"),
  withForm(staff("/console/orders")),
  staff("/console/orders/:id"),
  staff("/console/orders/:id/now"),
  { ...staff("/console/orders/:id/events"), byItself: true },
  staff("/console/orders/:id/dead-letters"),
  withForm(staff("/console/orders/:id/cancel")),
  withForm(staff("/console/orders/:id/resend")),
  withForm(admin("/console/orders/:id/fulfil")),
  withForm(admin("/console/orders/:id/fail")),
  staff("/console/products"),
  withForm(admin("/console/products/:sku")),
  withForm(admin("/console/stock-import")),
  admin("/console/dead-letters"),
  admin("/console/dead-letters/list"),
  withForm(admin("/console/dead-letters/redrive")),
  withForm(admin("/console/dead-letters/drop")),
  staff("/console/customers"),
  staff("/console/customers/:id"),
  withForm(admin("/console/customers/:id/disable")),
  withForm(admin("/console/customers/:id/enable")),
  withForm(admin("/console/customers/:id/end-sessions")),
  admin("/console/audit")
]

/** Where a page that was asked for without a session sends its visitor. */
const toLogin = (request: ApiRequest): Response => {
  // The part's page asks then for itself, and comes to the login.
  if (isForPart(request)) return request.answer(null, 204, { "HX-Refresh": "true" })
  const { pathname, search } = new URL(request.hono.req.url)
  const next = request.hono.req.method === "POST" ? "/console" : pathname + search
  return goTo(request, `/console/login?${new URLSearchParams({ next })}`)
}

/** Of requests that were let in, for the pages of their problems. */
const sessions = new WeakMap<ApiRequest, ConsoleSession>()

interface Admitted {
  readonly session: ConsoleSession
  readonly renewed: Option.Option<string>
}

const admit = Effect.fnUntraced(function* (request: ApiRequest) {
  const token = readCookie(request, "session")
  if (token === undefined) return toLogin(request)
  const read = yield* Effect.catchTag(
    readConsoleSession(token),
    "SessionRevoked",
    () => Effect.undefined
  )
  if (read === undefined) {
    const response = toLogin(request)
    dropCookie(request, response, "session")
    return response
  }
  request.principal = read.current.principal
  sessions.set(request, read.current)
  return { session: read.current, renewed: read.renewed } satisfies Admitted
})

const requireRole = Effect.fnUntraced(function* ({ session }: Admitted, { path, who }: Entry) {
  const { principal } = session
  if (who === "staff" || principal.role === "admin") return
  yield* auditDenied(principal, { operation: `console ${path}` })
  return yield* new Forbidden()
})

const forged = (request: ApiRequest): Response =>
  request.problem("forbidden", {
    detail:
      "The form is from another login, or not from this console. Nothing was changed: open its page again.",
    extension: {}
  })

/** The form of a visitor who is logged in, or the Response that refuses it. */
const readOwnForm = Effect.fnUntraced(function* (
  { readForm }: Serve,
  request: ApiRequest,
  { session }: Admitted
) {
  if (!isFromHere(request)) return forged(request)
  const form = yield* readForm(request)
  if (form instanceof Response) return form
  return textOf(form, "key") === session.formKey ? form : forged(request)
})

const program = (
  serve: Serve,
  shared: Pick<Visit, "files" | "history" | "streams">,
  entry: Entry,
  part: "show" | "act"
): Program =>
  Effect.fnUntraced(function* (request) {
    const admitted = yield* admit(request)
    if (admitted instanceof Response) return admitted
    yield* requireRole(admitted, entry)
    const { session, renewed } = admitted
    const page: Page = (yield* load).pages[entry.path]
    const query = new URL(request.hono.req.url).searchParams
    const visit = { ...shared, request, session, at: yield* now, query }
    if (part === "show" || page.act === undefined) {
      const shown = yield* page.show(visit)
      // A page that refreshes itself does not prolong the session.
      if (Option.isSome(renewed) && !isForPart(request) && entry.byItself !== true)
        keepCookie(request, shown, "session", renewed.value)
      return shown
    }
    const form = yield* readOwnForm(serve, request, admitted)
    return form instanceof Response ? form : yield* page.act({ ...visit, form })
  })

export const consoleRoutes = (serve: Serve, files: ConsoleFiles): void => {
  const { page, action, readForm, streams } = serve
  const shared = { files, streams, history: { samples: [], known: new Map() } }

  page("/console/login", (request) =>
    Effect.flatMap(load, ({ login }) => Effect.promise(async () => login.show(request, files)))
  )
  action("/console/login", (request) =>
    Effect.gen(function* () {
      const { login } = yield* load
      if (!isFromHere(request)) return forged(request)
      const form = yield* readForm(request)
      return form instanceof Response ? form : yield* login.act(request, files, form)
    })
  )
  action("/console/logout", (request) =>
    Effect.gen(function* () {
      const admitted = yield* admit(request)
      if (admitted instanceof Response) return admitted
      const form = yield* readOwnForm(serve, request, admitted)
      if (form instanceof Response) return form
      yield* logOutOfConsole(admitted.session.principal)
      const response = goTo(request, "/console/login?out=1")
      dropCookie(request, response, "session")
      return response
    })
  )
  page("/console/files/:name", (request) =>
    Effect.promise(async () => files.answer(request, request.hono.req.param("name") ?? ""))
  )

  for (const entry of entries) {
    page(entry.path, program(serve, shared, entry, "show"))
    if (entry.acts === true) action(entry.path, program(serve, shared, entry, "act"))
  }
}

/** Has problems of the console's paths shown as its pages, also those of other parts of the API. */
export const problemsAsPages =
  (files: ConsoleFiles) =>
  async (c: ApiContext, next: () => Promise<void>): Promise<void> => {
    await next()
    const problem = c.res
    if (problem.headers.get("Content-Type") !== "application/problem+json") return
    const { problemPage } = await import("./pages.ts")
    const request = c.get("request")
    const page = await problemPage({ request, files, session: sessions.get(request) }, problem)
    // The setter copies the headers of the answer before.
    c.res = undefined
    c.res = page
  }
