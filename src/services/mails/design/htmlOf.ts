// A letter as HTML for mail clients: one column of tables with inline styles, from 320 to 600 pixels wide, that loads
// nothing except the shop's logo. `html` escapes every value. Word, which Outlook for Windows renders with, knows no
// `max-width`: it gets a table of 600 pixels around the sheet.
//
// Clients that support a dark mode for mails get its colours from the style sheet; others change the colours
// themselves.
import { Option } from "effect"
import { html } from "hono/html"
import type { Locale } from "../../locale.ts"
import type { Shop } from "../Shop.ts"
import type { Framed, FrameWords } from "./frame.ts"
import type { Block, ShownLine } from "./Letter.ts"

type Html = ReturnType<typeof html>

const font = "font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;"
const small = "font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:14px;line-height:20px;"
/** Names without a blank in them must not widen the sheet. */
const wrapped = "word-break:break-word;"
const ink = "color:#1b1e23;"
const quiet = "color:#4f5661;"
const rule = "border-top:1px solid #d4d9df;"

const presentation = html`role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"`

const paragraph = (words: string): Html =>
  html`<p class="ink" style="margin:0;${font}${ink}${wrapped}">${words}</p>`

const codeBox = (saying: string, code: string): Html =>
  html`<p class="ink" style="margin:0 0 8px;${font}${ink}">${saying}</p><table ${presentation}><tr><td class="box ink" align="center" style="padding:16px 8px;background-color:#f3f5f7;border-radius:8px;font-family:Consolas,Menlo,monospace;font-size:24px;line-height:32px;font-weight:bold;letter-spacing:2px;white-space:nowrap;${ink}">${code}</td></tr></table>`

const factRow = ([label, value]: readonly [string, string]): Html =>
  html`<tr><th class="quiet" scope="row" align="left" valign="top" style="padding:2px 16px 2px 0;font-weight:normal;${font}${quiet}">${label}</th><td class="ink" valign="top" style="padding:2px 0;${font}${ink}${wrapped}">${value}</td></tr>
`

const facts = (rows: ReadonlyArray<readonly [string, string]>): Html =>
  html`<table cellpadding="0" cellspacing="0" border="0">
${rows.map(factRow)}</table>`

const head = (words: string, side: "left" | "right"): Html =>
  html`<th class="quiet" scope="col" align="${side}" style="padding:0 0 8px;font-weight:normal;${small}${quiet}">${words}</th>`

const lineRow = ({ name, quantity, unitPrice, total }: ShownLine, words: FrameWords): Html =>
  html`<tr><td class="rule ink" valign="top" style="padding:8px 16px 8px 0;${rule}${font}${ink}${wrapped}">${quantity} × ${name}<br><span class="quiet" style="${small}${quiet}">${unitPrice} ${words.each}</span></td><td class="rule ink" align="right" valign="top" style="padding:8px 0;white-space:nowrap;${rule}${font}${ink}">${total}</td></tr>
`

const lines = (
  { lines: shown, total }: Extract<Block, { readonly _tag: "Lines" }>,
  words: FrameWords
): Html =>
  html`<table width="100%" cellpadding="0" cellspacing="0" border="0">
<tr>${head(words.item, "left")}${head(words.amount, "right")}</tr>
${shown.map((line) => lineRow(line, words))}<tr><th class="rule ink" scope="row" align="left" style="padding:12px 16px 0 0;${rule}${font}${ink}">${words.total}</th><td class="rule ink" align="right" style="padding:12px 0 0;font-weight:bold;white-space:nowrap;${rule}${font}${ink}">${total}</td></tr>
</table>`

/** A button that is a cell: Word ignores the padding of links. */
const link = (label: string, url: string): Html =>
  html`<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td class="button" style="padding:12px 24px;background-color:#0a4fbf;border-radius:8px;"><a class="button" href="${url}" style="${font}font-weight:bold;color:#ffffff;text-decoration:none;">${label}</a></td></tr></table>`

const blockHtml = (block: Block, words: FrameWords): Html => {
  switch (block._tag) {
    case "Text":
      return paragraph(block.text)
    case "Code":
      return codeBox(block.saying, block.code)
    case "Facts":
      return facts(block.facts)
    case "Lines":
      return lines(block, words)
    case "Link":
      return link(block.label, block.url)
  }
}

const row = (content: Html): Html => html`<tr><td style="padding:0 24px 20px;">${content}</td></tr>
`

/** The shop's name is shown if the logo is not loaded. */
const brand = ({ name, logoUrl }: Shop): Html => {
  const shown = Option.match(logoUrl, {
    onNone: () => html`${name}`,
    onSome: (url) =>
      html`<img src="${url}" alt="${name}" height="40" style="display:block;height:40px;max-width:100%;border:0;">`
  })
  return html`<tr><td class="ink" style="padding:24px 24px 16px;font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:18px;line-height:24px;font-weight:bold;${ink}${wrapped}">${shown}</td></tr>
`
}

const footer = ({ letter, words, shop }: Framed): Html => {
  const sentences = [
    letter.why,
    ...(Option.isSome(shop.replyTo) ? [words.questions] : []),
    [shop.name, ...Option.toArray(shop.address)].join(", ")
  ]
  return html`<tr><td class="rule quiet" style="padding:16px 24px 24px;${rule}${small}${quiet}${wrapped}">${sentences.map(
    (sentence) => html`<p style="margin:0 0 8px;">${sentence}</p>`
  )}</td></tr>
`
}

/** Text with order numbers in it, which stay whole. */
const unbroken = (words: string): ReadonlyArray<string | Html> =>
  words
    .split(/([0-9A-Z]{4}-[0-9A-Z]{4})/u)
    .map((part, i) => (i % 2 === 1 ? html`<span style="white-space:nowrap;">${part}</span>` : part))

const heading = (subject: string): Html =>
  html`<h1 class="ink" style="margin:0;font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:24px;line-height:32px;font-weight:bold;${ink}${wrapped}">${unbroken(subject)}</h1>`

export const htmlOf = (framed: Framed, locale: Locale): string => {
  const { letter, greeting, words, shop } = framed
  return String(html`<!doctype html>
<html lang="${locale}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${letter.subject}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .back, .box { background-color: #14171a !important; }
  .sheet { background-color: #1e2329 !important; border-color: #3a414a !important; }
  .rule { border-color: #3a414a !important; }
  .ink { color: #e8eaed !important; }
  .quiet { color: #b0b7c1 !important; }
  .button { background-color: #9cc1ff !important; color: #14171a !important; }
}
</style>
</head>
<body class="back" style="margin:0;padding:0;background-color:#f3f5f7;">
<div style="display:none;max-height:0;overflow:hidden;">${letter.intro}</div>
<table ${presentation} class="back" style="background-color:#f3f5f7;"><tr><td align="center" style="padding:16px 12px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table ${presentation} class="sheet" style="max-width:600px;text-align:left;background-color:#ffffff;border:1px solid #d4d9df;border-radius:8px;">
${brand(shop)}${row(heading(letter.subject))}${row(paragraph(greeting))}${row(paragraph(letter.intro))}${letter.blocks.map((block) => row(blockHtml(block, words)))}${footer(framed)}</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
`)
}
