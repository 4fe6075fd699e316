// The pictures of a run: what was measured of whom, as it is in the results. A picture whose workloads were
// not measured is not drawn.
import { peers } from "../contestants.ts"
import { atPeersRate, subject, tracedName } from "../goals.ts"
import type { Results } from "../results.ts"
import { lineCounts, storedCounts } from "../workloads/growth.ts"
import { type BarPanel, barPanelHeight, drawBars } from "./bars.ts"
import { type Chart, type Curve, drawChart } from "./curves.ts"
import { linesOf, type ReportLine } from "./summary.ts"
import { picture } from "./svg.ts"

const width = 760
const padding = 16

const colourByName: Readonly<Record<string, number>> = {
  [subject]: 0,
  express: 1,
  loop: 1,
  fastify: 2,
  [peers.fastifyPlugins.name]: 2,
  "sqs-consumer": 2,
  [atPeersRate]: 3,
  [tracedName]: 3
}
/** Of all limits. */
const limitColour = 4

const colourNumberOf = (contestant: string): number => colourByName[contestant] ?? limitColour

const throughputOf = [
  "cached-read",
  "uncached-read",
  "orders-200",
  "orders-200-2",
  "orders-hot",
  "orders-hot-2",
  "worker"
]

function throughput(lines: ReadonlyArray<ReportLine>): string | undefined {
  const panels = throughputOf.flatMap((name): ReadonlyArray<BarPanel> => {
    const own = lines.filter(({ workload }) => workload.name === name)
    const [first] = own
    if (first === undefined) return []
    const bars = own.map(({ contestant, value }) => ({
      ...{ label: contestant, value, colour: colourNumberOf(contestant) }
    }))
    return [{ title: `${first.workload.title}, ${first.workload.unit}`, bars }]
  })
  if (panels.length === 0) return undefined
  let y = padding
  const drawn = panels.map((panel) => {
    const placed = drawBars(panel, { x: padding, y, width: width - 2 * padding })
    y += barPanelHeight(panel)
    return placed
  })
  return picture(width, y + padding, "Throughput of this system, its peers and the limits", drawn)
}

const charts = (about: string, all: ReadonlyArray<Chart>): string | undefined => {
  const drawable = all.filter(({ curves }) => curves.length > 0)
  if (drawable.length === 0) return undefined
  const height = 300
  return picture(
    width,
    height * drawable.length + padding,
    about,
    drawable.map((chart, i) => drawChart(chart, { x: 0, y: i * height + 8, width, height }))
  )
}

const namesIn = (lines: ReadonlyArray<ReportLine>): ReadonlyArray<string> =>
  Array.from(new Set(lines.map(({ contestant }) => contestant)))

/** Two curves for each contestant: the median, dashed, and the 99th percentile. */
function latency(lines: ReadonlyArray<ReportLine>): string | undefined {
  const own = lines.filter(({ workload }) => workload.name.startsWith("end-to-end-"))
  const curves = namesIn(own).flatMap((contestant) => {
    const points = own.filter((line) => line.contestant === contestant)
    return (["p99", "p50"] as const).map(
      (of): Curve => ({
        label: `${contestant} ${of}`,
        points: points.map((line) => ({
          x: line.perSecond ?? Number.NaN,
          y: line[of] ?? Number.NaN
        })),
        colour: colourNumberOf(contestant),
        dashed: of === "p50"
      })
    )
  })
  return charts("Time from an order to its mail, against the load", [
    {
      title: "From the order to its mail, at 25, 50 and 75 % of the peak",
      ...{ xTitle: "orders/s", yTitle: "ms", y: "log", curves }
    }
  ])
}

/** The medians of the workloads that are named for their place on the axis. */
const curveOver = (
  lines: ReadonlyArray<ReportLine>,
  {
    prefix,
    contestant,
    counts,
    label
  }: {
    readonly prefix: string
    readonly contestant: string
    readonly counts: ReadonlyArray<number>
    readonly label: string
  }
): ReadonlyArray<Curve> => {
  const points = counts.flatMap((count) => {
    const line = lines.find(
      (one) => one.workload.name === `${prefix}${count}` && one.contestant === contestant
    )
    return line === undefined ? [] : [{ x: count, y: line.value.median }]
  })
  return points.length < 2 ? [] : [{ label, points, colour: colourNumberOf(contestant) }]
}

function growth(lines: ReadonlyArray<ReportLine>): string | undefined {
  const stored = [
    ...curveOver(lines, {
      ...{ prefix: "place-among-", contestant: "system", counts: storedCounts, label: "place" }
    }),
    ...curveOver(lines, {
      ...{ prefix: "list-among-", contestant: "system", counts: storedCounts, label: "list" }
    }).map((curve) => ({ ...curve, colour: 2 }))
  ]
  const ofLines = lines.filter(({ workload }) => workload.name.startsWith("lines-"))
  const perLines = namesIn(ofLines).flatMap((contestant) =>
    curveOver(lines, { prefix: "lines-", contestant, counts: lineCounts, label: contestant })
  )
  return charts("Throughput with more stored orders, and with more lines an order", [
    {
      title: "This system with more and more stored orders",
      ...{ xTitle: "stored orders", yTitle: "per second", y: "linear", curves: stored }
    },
    {
      title: "Orders of more and more lines",
      ...{ xTitle: "lines of an order", yTitle: "orders/s", y: "log", curves: perLines }
    }
  ])
}

/** By file name. */
export function plots(results: Results): ReadonlyMap<string, string> {
  const lines = linesOf(results)
  const all = [
    ["throughput.svg", throughput(lines)],
    ["latency.svg", latency(lines)],
    ["growth.svg", growth(lines)]
  ] as const
  return new Map(all.flatMap(([name, svg]) => (svg === undefined ? [] : [[name, svg]])))
}
