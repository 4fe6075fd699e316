// The table: ratios of medians within one run, goals, and what was not measured.
import { describe, expect, it } from "vitest"
import { linesOf } from "../../../tools/bench/report/summary.ts"
import { figure, linesTable } from "../../../tools/bench/report/table.ts"
import type { Measurement, Results } from "../../../tools/bench/results.ts"
import type { Sample } from "../../../tools/bench/workload.ts"

const measured = (
  contestant: string,
  samples: ReadonlyArray<Sample>,
  workload = "orders-hot"
): ReadonlyArray<Measurement> =>
  samples.map((sample, i) => ({ workload, contestant, round: i + 1, sample }))

const results = (...measurements: ReadonlyArray<ReadonlyArray<Measurement>>): Results => ({
  ...{ at: "", command: "", commit: "", machine: "", idle: 1, versions: {}, failures: [] },
  pace: { rounds: 3, warmUpSeconds: 1, seconds: 1, messages: 1 },
  workloads: [
    { name: "orders-hot", title: "Order on one SKU", unit: "orders/s", better: "higher" },
    { name: "orders-hot-2", title: "2 processes", unit: "orders/s", better: "higher" },
    { name: "start-up", title: "Start-up", unit: "ms", better: "lower" }
  ],
  measurements: measurements.flat()
})

const cellsOf = (text: string) =>
  text.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
  )

const system = measured("system", [
  { value: 1000, p50: 5, p99: 20, cpuMs: 0.5, rssMb: 100, oversold: 0 },
  { value: 3000, p50: 7, p99: 22, cpuMs: 0.7, rssMb: 120, oversold: 0 },
  { value: 2000, p50: 6, p99: 21, cpuMs: 0.6, rssMb: 110, oversold: 0 }
])

const lineOf = (all: Results, contestant: string) => {
  const line = linesOf(all).find((one) => one.contestant === contestant)
  if (line === undefined) throw new Error(`no line for ${contestant}`)
  return line
}

describe("a line", () => {
  it("holds the medians and the spread over the rounds", () => {
    expect(lineOf(results(system), "system")).toMatchObject({
      value: { median: 2000, min: 1000, max: 3000 },
      ...{ p50: 6, p99: 21, cpuMs: 0.6, rssMb: 110, failed: 0, oversold: 0 },
      ratio: undefined
    })
  })

  it("has the ratio of this system's median to another's", () => {
    const express = measured("express", [{ value: 100 }, { value: 300 }, { value: 200 }])
    expect(lineOf(results(system, express), "express").ratio).toBe(10)
  })

  it("has no ratio when this system was not measured", () => {
    const express = measured("express", [{ value: 100 }])
    expect(lineOf(results(express), "express")).toMatchObject({ ratio: undefined, goals: [] })
  })

  it("adds up failures and oversold pieces over the rounds, and does not invent them", () => {
    const express = measured("express", [
      { value: 1, failed: { "500": 2, timeout: 1 }, oversold: 3 },
      { value: 1, failed: { "500": 1 }, oversold: 4 }
    ])
    expect(lineOf(results(system, express), "express")).toMatchObject({ failed: 4, oversold: 7 })
    const other = measured("other", [{ value: 1 }])
    expect(lineOf(results(system, other), "other")).toMatchObject({
      failed: 0,
      oversold: undefined
    })
  })

  it("ignores other workloads", () => {
    const started = measured("system", [{ value: 500 }], "start-up")
    const lines = linesOf(results(system, started))
    expect(lines.map(({ workload, value }) => [workload.name, value.median])).toEqual([
      ["orders-hot", 2000],
      ["start-up", 500]
    ])
  })
})

describe("the table", () => {
  const express = measured("express", [{ value: 200, oversold: 12 }])
  const fastify = measured("fastify", [{ value: 1000 }])
  const cells = cellsOf(linesTable(linesOf(results(system, express, fastify))))

  it("names a workload once", () => {
    expect(cells.slice(2).map(([workload, who]) => [workload, who])).toEqual([
      ["Order on one SKU, orders/s", "system"],
      ["", "express"],
      ["", "fastify"]
    ])
  })

  it("says for each goal whether it is met", () => {
    expect(cells.slice(2).map((row) => row.at(-1))).toEqual(["", "≥ 7 met", "≥ 25 MISSED"])
  })

  it("names this system first, although another contestant was measured first", () => {
    const rows = cellsOf(linesTable(linesOf(results(express, system, fastify))))
    expect(rows.slice(2).map(([, who]) => who)).toEqual(["system", "express", "fastify"])
  })

  it("compares slow responses with slow responses for a goal about those", () => {
    const two = measured("system", [{ value: 900, p99: 90 }], "orders-hot-2")
    const one = measured("one process", [{ value: 1000, p99: 30 }], "orders-hot-2")
    const rows = cellsOf(linesTable(linesOf(results(two, one))))
    expect(rows.at(-1)?.at(-1)).toBe("≥ 0.9 met; p99 3.00 ≤ 2 MISSED")
  })

  it("shows oversold pieces", () => {
    const column = cells[0]?.indexOf("oversold") ?? -1
    expect(cells.slice(2).map((row) => row[column])).toEqual(["0", "12", ""])
  })
})

it.each([
  [12_345.6, "12,346"],
  [123.4, "123"],
  [12.34, "12.3"],
  [1.234, "1.23"],
  [Number.NaN, "-"]
])("writes %f as %s", (value, text) => {
  expect(figure(value)).toBe(text)
})
