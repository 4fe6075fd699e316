// The embedded mailbox as a page: codes stand out, and new messages appear above without a
// reload, so that focus and reading place stay.
import { html } from "hono/html"
import type { SentMessage } from "../../services/messaging/Mailbox.ts"
import { type Html, layout } from "./layout.ts"

/** A message's own HTML may be styled; it runs in a sandbox without scripts, forms or an origin. */
export const mailboxPolicy =
  "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export const mailboxPage = (messages: ReadonlyArray<SentMessage>): Html =>
  layout(
    "Mailbox",
    html`<header>
<h1>Mailbox</h1>
<p>Nothing leaves this machine: here is what would have been sent, newest first. <a href="/dev/mailbox.json">As JSON</a></p>
<p id="status" role="status" class="quiet"></p>
</header>
<main id="content">
<ol id="messages" class="messages">${messages.map(messageItem)}</ol>
</main>`,
    html`<script src="/dev/mailbox.js" defer></script><noscript><meta http-equiv="refresh" content="5"></noscript>`
  )

const messageItem = ({ to, channel, subject, text, html: body, at }: SentMessage): Html => {
  const code = text.match(/\b(?:\d{6}|\w{4}-\w{4}-\w{4})\b/u)?.[0]
  return html`<li data-key="${at.toISOString()} ${channel} ${to}"><article>
<h2>${channel === "sms" ? "Text message" : subject}</h2>
<dl><dt>To</dt><dd>${to}</dd><dt>Sent</dt><dd><time datetime="${at.toISOString()}">${at.toISOString()}</time></dd></dl>
${code === undefined ? "" : html`<p>Code: <span class="secret">${code}</span></p>`}
<p class="text">${text}</p>
${body === "" ? "" : html`<details><summary>As HTML</summary><iframe sandbox title="HTML of the message" srcdoc="${body}"></iframe></details>`}
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
