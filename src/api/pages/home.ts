// The first page: links to all parts.
import { html } from "hono/html"
import { type Html, layout } from "./layout.ts"

interface Link {
  readonly path: string
  readonly name: string
  readonly text: string
}

const links = (mailbox: boolean): ReadonlyArray<Link> => [
  { path: "/docs", name: "Reference", text: "Every endpoint, with samples and a way to try it" },
  { path: "/docs/errors", name: "Errors", text: "Every error code, and what to do about it" },
  { path: "/openapi.json", name: "OpenAPI", text: "The same as a document for programs" },
  { path: "/console", name: "Console", text: "Where operators work" },
  ...(mailbox
    ? [{ path: "/dev/mailbox", name: "Mailbox", text: "The mails that were “sent”" }]
    : []),
  { path: "/healthz", name: "Alive", text: "Whether the process is alive" },
  { path: "/readyz", name: "Ready", text: "Whether it can serve, with each dependency" }
]

/** `mailbox`: whether it is embedded. */
export const homePage = (title: string, { mailbox }: { readonly mailbox: boolean }): Html =>
  layout(
    title,
    html`<header><h1>${title}</h1></header>
<main id="content">
<ul class="links">
${links(mailbox).map(
  ({
    path,
    name,
    text
  }) => html`<li><a href="${path}">${name}</a> <span class="quiet">${text}</span></li>
`
)}
</ul>
</main>`
  )
