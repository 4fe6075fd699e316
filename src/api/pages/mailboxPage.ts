// The embedded mailbox as a page: codes are highlighted, each mail is shown as its recipient sees it, and new messages
// appear at the top without a reload, so that focus and scroll position stay.
import { Option } from "effect"
import { html } from "hono/html"
import type { SentMessage } from "../../services/messaging/Mailbox.ts"
import { type Html, layout, pagePolicy } from "./layout.ts"

export const mailboxPolicy = `${pagePolicy}; script-src 'self'; connect-src 'self'; frame-src 'self'`

/**
 * Of a mail, which is a document of its own: it has its own styles and the shop's logo, and neither scripts, forms nor an
 * origin. The mailbox frames it: browsers read over X-Frame-Options where there are `frame-ancestors`.
 */
export const mailPolicy = (logoUrl: Option.Option<string>): string => {
  const logo = Option.match(Option.filter(logoUrl, URL.canParse), {
    onNone: () => "",
    onSome: (url) => ` ${new URL(url).origin}`
  })
  return `default-src 'none'; style-src 'unsafe-inline'; img-src data:${logo}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox`
}

/** The page asks for itself again and again, and all messages would be too much for that. */
const shown = 50

export const mailboxPage = (messages: ReadonlyArray<SentMessage>): Html =>
  layout(
    "Mailbox",
    html`<header>
<h1>Mailbox</h1>
<p>Nothing leaves this machine: here are the ${shown} newest messages that would have been sent. <a href="/dev/mailbox.json">All of them as JSON</a></p>
<p id="status" role="status" class="quiet"></p>
</header>
<main id="content">
<ol id="messages" class="messages">${messages.slice(0, shown).map(messageItem)}</ol>
</main>`,
    html`<script src="/dev/mailbox.js" defer></script><noscript><meta http-equiv="refresh" content="5"></noscript>`
  )

const messageItem = ({
  id,
  to,
  replyTo,
  channel,
  subject,
  text,
  html: body,
  at
}: SentMessage): Html => {
  const code = text.match(/\b(?:\d{6}|\w{4}-\w{4}-\w{4})\b/u)?.[0]
  const answers = replyTo === undefined ? "" : html`<dt>Answers to</dt><dd>${replyTo}</dd>`
  const plain = html`<p class="text">${text}</p>`
  const address = `/dev/mailbox/${id}`
  return html`<li data-key="${id}"><article>
<h2>${channel === "sms" ? "Text message" : subject}</h2>
<dl><dt>To</dt><dd>${to}</dd>${answers}<dt>Sent</dt><dd><time datetime="${at.toISOString()}">${at.toISOString()}</time></dd></dl>
${code === undefined ? "" : html`<p>Code: <span class="secret">${code}</span></p>`}
${
  body === ""
    ? plain
    : html`<iframe sandbox loading="lazy" title="Message ${id}: ${subject}" src="${address}"></iframe>
<p><a href="${address}">The mail by itself<span class="hidden">, message ${id}</span></a></p>
<details><summary>As text</summary>${plain}</details>`
}
</article></li>
`
}

/** Takes over the messages of a fresh page that this one does not show yet. */
export const mailboxScript = `
const list = document.getElementById("messages")
const status = document.getElementById("status")
const refresh = async () => {
  try {
    const response = await fetch(location.href)
    const page = new DOMParser().parseFromString(await response.text(), "text/html")
    const known = new Set(Array.from(list.children, (item) => item.dataset.key))
    const fresh = Array.from(page.getElementById("messages").children).filter(
      (item) => !known.has(item.dataset.key)
    )
    list.prepend(...fresh)
    if (fresh.length > 0) status.textContent = fresh.length + " new"
    else if (status.textContent === "Connection lost") status.textContent = ""
  } catch {
    status.textContent = "Connection lost"
  }
}
setInterval(refresh, 1500)
`
