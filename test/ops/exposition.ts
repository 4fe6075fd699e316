// A scrape, series by series.

export interface Series {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/u
const label = /(\w+)="((?:[^"\\]|\\.)*)"/gu

const numberOf = (text: string): number =>
  text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text)

export const seriesIn = (text: string): ReadonlyArray<Series> =>
  text
    .split("\n")
    .filter((one) => one !== "" && !one.startsWith("#"))
    .map((one) => {
      const [, metric = "", inside = "", value = ""] = line.exec(one) ?? []
      if (metric === "") throw new Error(`no line of a scrape: ${one}`)
      const labels = Array.from(inside.matchAll(label), ([, name = "", text = ""]) => [name, text])
      return { metric, labels: Object.fromEntries(labels), value: numberOf(value) }
    })
