// The few elements that the plots are drawn with. A picture has its own background, light or dark as its reader
// prefers, so that it can be read on a page of either kind.

type Attributes = Readonly<Record<string, string | number>>

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;"
}
const escapeXml = (text: string): string => text.replace(/[&<>"]/gu, (c) => entities[c] ?? c)

const written = (value: string | number): string =>
  typeof value === "number" ? String(Math.round(value * 10) / 10) : escapeXml(value)

const element = (name: string, attributes: Attributes, content = ""): string => {
  const all = Object.entries(attributes).map(([key, value]) => ` ${key}="${written(value)}"`)
  return content === ""
    ? `<${name}${all.join("")}/>`
    : `<${name}${all.join("")}>${content}</${name}>`
}

export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element("text", { x, y, ...attributes }, escapeXml(content))

export const rect = (
  x: number,
  y: number,
  width: number,
  height: number,
  attributes: Attributes = {}
): string => element("rect", { x, y, width, height, ...attributes })

export const line = (
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  attributes: Attributes = {}
): string => element("line", { x1, y1, x2, y2, ...attributes })

export const circle = (cx: number, cy: number, attributes: Attributes = {}): string =>
  element("circle", { cx, cy, r: 3, ...attributes })

export const polyline = (
  points: ReadonlyArray<readonly [number, number]>,
  attributes: Attributes = {}
): string =>
  element("polyline", {
    points: points.map((point) => point.map(written).join(",")).join(" "),
    fill: "none",
    ...attributes
  })

/** Told apart with every kind of colour vision (Okabe and Ito), lighter on dark. */
const colours: ReadonlyArray<readonly [light: string, dark: string]> = [
  ["#0072b2", "#56b4e9"],
  ["#d55e00", "#e69f00"],
  ["#007a5a", "#35c79a"],
  ["#a8518a", "#dd9cc4"],
  ["#6b6b6b", "#b0b0b0"]
]

/** The class that draws in the i-th colour: `c0 line`, `c0 area`. */
export const colourOf = (i: number): string => `c${i % colours.length}`

const paint = (shade: 0 | 1): string =>
  colours
    .map((pair, i) => `.c${i}.line{stroke:${pair[shade]}}.c${i}.area{fill:${pair[shade]}}`)
    .join("")

const style =
  "text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:13px}" +
  `.back{fill:#ffffff}.axis{stroke:#8c959f}.grid{stroke:#d8dee4}.spread{stroke:#1f2328}${paint(0)}` +
  "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117}.axis{stroke:#8b949e}" +
  `.grid{stroke:#30363d}.spread{stroke:#e6edf3}${paint(1)}}`

/** A whole picture; `about` says what it shows to those who can't see it. */
export const picture = (
  width: number,
  height: number,
  about: string,
  content: ReadonlyArray<string>
): string =>
  `${element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": about
    },
    `<style>${style}</style>\n${rect(0, 0, width, height, { class: "back", rx: 6 })}\n${content.join("\n")}`
  )}\n`
