// Bars next to each other, one panel per workload with a scale of its own.

import type { Summary } from "../stats.ts"
import { colourOf, line, rect, text } from "./svg.ts"
import { figure } from "./table.ts"

export interface Bar {
  readonly label: string
  readonly value: Summary
  /** The same for the same contestant everywhere. */
  readonly colour: number
}

export interface BarPanel {
  readonly title: string
  readonly bars: ReadonlyArray<Bar>
}

const barHeight = 20
const titleHeight = 26
const gap = 14
const labelWidth = 110
const valueWidth = 80

export const barPanelHeight = ({ bars }: BarPanel): number =>
  titleHeight + bars.length * barHeight + gap

export function drawBars(
  { title, bars }: BarPanel,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number }
): string {
  const most = Math.max(...bars.map(({ value }) => value.max))
  const scale = (width - labelWidth - valueWidth) / most
  const left = x + labelWidth
  const drawn = bars.flatMap(({ label, value, colour }, i) => {
    const top = y + titleHeight + i * barHeight
    const middle = top + barHeight / 2 - 2
    return [
      text(left - 8, middle + 4, label, { "text-anchor": "end" }),
      rect(left, top, value.median * scale, barHeight - 5, { class: `${colourOf(colour)} area` }),
      line(left + value.min * scale, middle, left + value.max * scale, middle, { class: "spread" }),
      text(left + value.max * scale + 6, middle + 4, figure(value.median))
    ]
  })
  return [text(x, y + 14, title, { class: "title" }), ...drawn].join("\n")
}
