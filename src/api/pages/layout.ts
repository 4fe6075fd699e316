// What every page has in common. Values are escaped by `html`; nothing is loaded from other hosts.
import { html } from "hono/html"
import type { HtmlEscapedString } from "hono/utils/html"

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Only our own stylesheet, and `data:` for the empty icon. */
export const pagePolicy =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export const layout = (title: string, content: Html, head: Html | "" = ""): Html =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/style.css">
${head}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${content}
</body>
</html>`

/** Text with \`code\` in backticks, one paragraph per blank line. */
export const prose = (text: string): Html =>
  html`${text.split("\n\n").map((paragraph) => html`<p>${inline(paragraph)}</p>`)}`

export const inline = (text: string): Html =>
  html`${text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`
