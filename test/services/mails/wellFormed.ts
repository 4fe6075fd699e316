// What is wrong with a mail's HTML as markup: a tag that nothing closes or opens, an attribute without quotes, and
// text that could be taken for markup.

const voids = new Set(["meta", "br", "img"])
const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)>/gu
const attributes = /^(?:\s+[a-z-]+="[^"<>]*")*$/u
const entity = /&(?!(?:amp|lt|gt|quot|#39);)/u

const isEscaped = (text: string): boolean => !(/[<>]/u.test(text) || entity.test(text))
const areQuoted = (rest: string): boolean => attributes.test(rest) && !entity.test(rest)

/** None: undefined. */
export const problemOf = (html: string): string | undefined => {
  const body = html
    .replace("<!doctype html>", "")
    .replaceAll(/<style>[^<]*<\/style>/gu, "")
    .replaceAll(/<!--\[if mso\]>.*?<!\[endif\]-->/gu, "")
  const open: Array<string> = []
  let end = 0
  for (const { 0: whole, 1: slash, 2: name = "", 3: rest = "", index } of body.matchAll(tag)) {
    const text = body.slice(end, index)
    if (!isEscaped(text)) return `not escaped: ${text}`
    if (!areQuoted(rest)) return `attributes: ${whole}`
    end = index + whole.length
    if (slash !== "" && open.pop() !== name) return `closes nothing: ${whole}`
    if (slash === "" && !voids.has(name)) open.push(name)
  }
  if (body.slice(end).trim() !== "") return `behind the end: ${body.slice(end)}`
  return open.length === 0 ? undefined : `not closed: ${open.join(", ")}`
}
