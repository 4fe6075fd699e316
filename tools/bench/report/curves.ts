// Lines over a horizontal axis, each with its name next to the chart and a thin line to it.
import { circle, colourOf, line, polyline, text } from "./svg.ts"

export interface Curve {
  readonly label: string
  readonly points: ReadonlyArray<{ readonly x: number; readonly y: number }>
  readonly colour: number
  readonly dashed?: boolean
}

export interface Chart {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly curves: ReadonlyArray<Curve>
  /** A linear axis begins at 0. */
  readonly y: "linear" | "log"
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Scale {
  readonly at: (value: number) => number
  readonly ticks: ReadonlyArray<number>
}

/** Powers of ten, each once, twice and five times, that lie between. */
const logTicks = (least: number, most: number): ReadonlyArray<number> => {
  const first = Math.floor(Math.log10(least))
  const last = Math.ceil(Math.log10(most))
  const decades = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i))
  const wide = last - first > 3
  return decades
    .flatMap((decade) => (wide ? [decade] : [decade, 2 * decade, 5 * decade]))
    .filter((tick) => tick >= least && tick <= most)
}

/** From `least` to `most` onto the pixels from `from` to `to`. */
export function logScale(least: number, most: number, from: number, to: number): Scale {
  const span = Math.log(most / least) || 1
  return {
    at: (value) => from + (Math.log(value / least) / span) * (to - from),
    ticks: logTicks(least, most)
  }
}

/** 1, 2 or 5 times a power of ten, for about five ticks. */
const stepOf = (most: number): number => {
  const power = 10 ** Math.floor(Math.log10(most / 5))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => most / step <= 5) ?? most
}

export function linearScale(most: number, from: number, to: number): Scale {
  const step = stepOf(most)
  return {
    at: (value) => from + (value / most) * (to - from),
    ticks: Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step)
  }
}

const brief = new Intl.NumberFormat("en", { notation: "compact" })

const margin = { left: 62, right: 196, top: 30, bottom: 42 } as const

/** Names at the ends of lines that end close to each other are moved apart. */
export function spread(wanted: ReadonlyArray<number>, distance: number): ReadonlyArray<number> {
  const order = wanted.map((at, i) => ({ at, i })).toSorted((a, b) => a.at - b.at)
  const placed = wanted.map((at) => at)
  let last = Number.NEGATIVE_INFINITY
  for (const { at, i } of order) {
    last = Math.max(at, last + distance)
    placed[i] = last
  }
  return placed
}

export function drawChart(chart: Chart, box: Box): string {
  const points = chart.curves.flatMap((curve) => curve.points)
  const xs = points.map(({ x }) => x)
  const ys = points.map(({ y }) => y)
  const left = box.x + margin.left
  const right = box.x + box.width - margin.right
  const top = box.y + margin.top
  const bottom = box.y + box.height - margin.bottom
  const across = logScale(Math.min(...xs), Math.max(...xs), left, right)
  const highest = Math.max(...ys) * 1.1
  const up =
    chart.y === "log"
      ? logScale(Math.min(...ys) / 1.1, highest, bottom, top)
      : linearScale(highest, bottom, top)

  const grid = up.ticks.flatMap((tick) => [
    line(left, up.at(tick), right, up.at(tick), { class: "grid" }),
    text(left - 6, up.at(tick) + 4, brief.format(tick), { "text-anchor": "end" })
  ])
  const marks = across.ticks.flatMap((tick) => [
    line(across.at(tick), bottom, across.at(tick), bottom + 4, { class: "axis" }),
    text(across.at(tick), bottom + 17, brief.format(tick), { "text-anchor": "middle" })
  ])
  const labelAt = spread(
    chart.curves.map(({ points: own }) => up.at(own.at(-1)?.y ?? 1)),
    14
  )
  const drawn = chart.curves.flatMap(({ label, points: own, colour, dashed = false }, i) => {
    const places = own.map(({ x, y }) => [across.at(x), up.at(y)] as const)
    const stroke = { class: `${colourOf(colour)} line`, "stroke-width": 2 }
    const end = places.at(-1) ?? [left, bottom]
    const name = labelAt[i] ?? 0
    return [
      polyline([end, [right, name], [right + 6, name]], {
        class: `${colourOf(colour)} line`,
        "stroke-width": 0.6
      }),
      polyline(places, { ...stroke, ...(dashed && { "stroke-dasharray": "5 4" }) }),
      ...places.map(([x, y]) => circle(x, y, { class: `${colourOf(colour)} area` })),
      text(right + 10, name + 4, label)
    ]
  })
  return [
    text(box.x + 8, box.y + 16, chart.title, { class: "title" }),
    ...grid,
    line(left, bottom, right, bottom, { class: "axis" }),
    ...marks,
    text((left + right) / 2, bottom + 35, chart.xTitle, { "text-anchor": "middle" }),
    text(0, 0, chart.yTitle, {
      "text-anchor": "middle",
      transform: `translate(${box.x + 14} ${(top + bottom) / 2}) rotate(-90)`
    }),
    ...drawn
  ].join("\n")
}
