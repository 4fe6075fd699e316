// The statistics that results are told in.
import { describe, expect, it } from "vitest"
import { makeLatencies } from "../../../tools/bench/load/latencies.ts"
import { median, summarize } from "../../../tools/bench/stats.ts"
import { quantile } from "../../../tools/harness/statistics.ts"

describe("median", () => {
  it("is the middle one of an odd number of values in any order", () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  it("is the mean of the middle two of an even number", () => {
    expect(median([10, 1, 4, 2])).toBe(3)
  })

  it("sorts by value and not as text", () => {
    expect(median([10, 9, 100])).toBe(10)
  })

  it("of nothing is NaN", () => {
    expect(median([])).toBeNaN()
  })
})

describe("quantile", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)

  it.each([
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
    [0, 1]
  ])("%f of 1 to 100 is %i", (share, expected) => {
    expect(quantile(hundred, share)).toBe(expected)
  })

  it("of nothing is NaN", () => {
    expect(quantile([], 0.5)).toBeNaN()
  })
})

it("summarizes by median and spread", () => {
  expect(summarize([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 })
})

it("collects more latencies than its initial size", () => {
  const latencies = makeLatencies()
  for (let i = 10_000; i >= 1; i--) latencies.add(i)
  expect(latencies.count()).toBe(10_000)
  expect(latencies.summary()).toEqual({ p50: 5000, p99: 9900, max: 10_000 })
})
