// Which series an expression of PromQL asks for: as much of the language as alerts and dashboard use.

export interface Matcher {
  readonly label: string
  readonly operator: "=" | "!=" | "=~" | "!~"
  readonly value: string
}

export interface Selector {
  readonly metric: string
  readonly matchers: ReadonlyArray<Matcher>
}

const grouping = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/gu
const selector = /(?<![\w:.])([a-zA-Z_:][\w:]*)(?![\w:])\s*(?:\{([^}]*)\})?(?!\s*\()/gu
const matcher = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/gu
const words = new Set(["and", "or", "unless", "bool", "offset"])

const operators: ReadonlyArray<string> = ["=", "!=", "=~", "!~"]
const isOperator = (text: string): text is Matcher["operator"] => operators.includes(text)

/** What it selects by, in its order. Names of functions are followed by a parenthesis, and are none. */
export const selectorsIn = (expr: string): ReadonlyArray<Selector> => {
  const bare = expr.replace(grouping, " ").replace(/\[[^\]]*\]/gu, " ")
  return Array.from(bare.matchAll(selector), ([, metric = "", inside = ""]) => ({
    metric,
    matchers: Array.from(inside.matchAll(matcher), ([, label = "", operator = "", value = ""]) => {
      if (!isOperator(operator)) throw new Error(`no operator: ${operator}`)
      return { label, operator, value }
    })
  })).filter(({ metric }) => !words.has(metric))
}

/** The labels that it groups by. */
export const groupedBy = (expr: string): ReadonlyArray<string> =>
  Array.from(expr.matchAll(grouping), ([, labels = ""]) =>
    labels
      .split(",")
      .map((label) => label.trim())
      .filter((label) => label !== "")
  ).flat()
