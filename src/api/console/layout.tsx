// What every page of the console has in common: the head, the navigation, the name of the user, and headers by which a
// page loads from and sends to this service only.
import type { Child } from "hono/jsx"
import type { ConsoleSession } from "../../services/accounts/consoleSession.ts"
import type { ApiRequest } from "../ApiRequest.ts"
import type { ConsoleFiles } from "./files.ts"
import type { Visit } from "./Page.ts"
import { KeyField } from "./parts.tsx"

const headers = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // With `no-referrer` browsers hide from us too which origin a form comes from.
  "Referrer-Policy": "same-origin"
}

/** No evaluation of text as code, no styles in the page, nothing from elsewhere: all of it the policy refuses anyway. */
const htmxConfig = JSON.stringify({
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  historyEnabled: false,
  timeout: 10_000
})

type Section = "Overview" | "Orders" | "Products" | "Customers" | "Dead letters" | "Audit"

const sections: ReadonlyArray<{
  readonly name: Section
  readonly path: string
  readonly forAdmins?: true
}> = [
  { name: "Overview", path: "/console" },
  { name: "Orders", path: "/console/orders" },
  { name: "Products", path: "/console/products" },
  { name: "Customers", path: "/console/customers" },
  { name: "Dead letters", path: "/console/dead-letters", forAdmins: true },
  { name: "Audit", path: "/console/audit", forAdmins: true }
]

const Navigation = ({
  session,
  current
}: {
  readonly session: ConsoleSession
  readonly current: Section | undefined
}) => {
  const isAdmin = session.principal.role === "admin"
  return (
    <>
      <nav aria-label="Console">
        <ul>
          {sections
            .filter(({ forAdmins }) => isAdmin || forAdmins !== true)
            .map(({ name, path }) => (
              <li>
                <a href={path} {...(name === current ? { "aria-current": "page" } : {})}>
                  {name}
                </a>
              </li>
            ))}
        </ul>
      </nav>
      <form method="post" action="/console/logout" class="account">
        <KeyField session={session} />
        <span>
          {session.email} <span class="quiet">({session.principal.role})</span>
        </span>
        <button type="submit">Log out</button>
      </form>
    </>
  )
}

interface Shell {
  readonly title: string
  readonly files: ConsoleFiles
  readonly navigation?: Child
  readonly children: Child
}

const Document = ({ title, files, navigation, children }: Shell) => {
  const { style, script } = files.paths()
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Console`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={style} />
        {script === undefined ? null : (
          <>
            <meta name="htmx-config" content={htmxConfig} />
            <script src={script} defer />
          </>
        )}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header class="bar">
          <a class="brand" href="/console">
            Orders <span class="quiet">console</span>
          </a>
          {navigation}
        </header>
        <main id="content" tabindex={-1}>
          {children}
        </main>
        <footer class="quiet">All times are UTC.</footer>
      </body>
    </html>
  )
}

export interface PageParts {
  readonly title: string
  /** Where in the navigation it is. */
  readonly current?: Section
  readonly status?: number
}

/** A page for a visitor who is logged in. */
export const answerPage = (
  { request, files, session }: Pick<Visit, "request" | "files" | "session">,
  { title, current, status = 200 }: PageParts,
  content: Child
): Response =>
  request.answer(
    render(
      <Document
        title={title}
        files={files}
        navigation={<Navigation session={session} current={current} />}
      >
        {content}
      </Document>
    ),
    status,
    headers
  )

/** A page for anyone. */
export const answerPublicPage = (
  request: ApiRequest,
  files: ConsoleFiles,
  { title, status = 200 }: PageParts,
  content: Child
): Response =>
  request.answer(
    render(
      <Document title={title} files={files}>
        {content}
      </Document>
    ),
    status,
    headers
  )

/** A part of a page, for htmx to put in its place. */
export const answerPart = (request: ApiRequest, content: Child): Response =>
  request.answer(String(content), 200, headers)

const render = (page: Child): string => `<!doctype html>${String(page)}`
