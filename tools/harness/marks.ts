// What commands write into documents stands between two comments, `<!-- NAME -->` and `<!-- /NAME -->`.

/** The document with `content` between the marks of `name`. Throws where it lacks the marks. */
export const between = (document: string, name: string, content: string): string => {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`the document has no ${begin} with ${end} after it`)
  return `${document.slice(0, from)}${begin}\n\n${content}\n\n${document.slice(to)}`
}
