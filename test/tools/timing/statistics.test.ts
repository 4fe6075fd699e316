import { describe, expect, it } from "vitest"
import { fewest, medianOf, quantileOf, verdictOf } from "../../../tools/timing/statistics.ts"

const upTo = (count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => i + 1)

describe("a quantile", () => {
  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100]
  ])("of %d is the value at the nearest rank", (share, value) => {
    expect(quantileOf(upTo(100).toReversed(), share)).toBe(value)
  })

  it("sorts by value and not as text", () => {
    expect(quantileOf([10, 9, 100], 1)).toBe(100)
  })

  it("needs at least one value", () => {
    expect(() => quantileOf([], 0.5)).toThrow("0 values")
  })
})

describe("a median", () => {
  it("lies between two ranks at the same distance from the ends", () => {
    expect(medianOf(upTo(100).toReversed())).toEqual({ low: 34, middle: 50, high: 67 })
  })

  /** That at most `most` of `count` fair coins show heads. */
  const chance = (count: number, most: number): number => {
    let term = 0.5 ** count
    let sum = term
    for (let heads = 1; heads <= most; heads++) {
      term *= (count - heads + 1) / heads
      sum += term
    }
    return sum
  }

  it.each([fewest, 21, 30, 50, 99, 100, 200, 400, 500, 1000])(
    "of %d values lies outside of them with a chance of at most 0.1 %",
    (count) => {
      const { low, high } = medianOf(upTo(count))
      expect(low + high).toBe(count + 1)
      expect(2 * chance(count, low - 1)).toBeLessThanOrEqual(0.001)
      // And not by much less, or it would say less than the values do.
      expect(2 * chance(count, low)).toBeGreaterThan(0.0003)
    }
  )

  it("is not given for too few values", () => {
    expect(() => medianOf(upTo(fewest - 1))).toThrow(`${fewest} values`)
  })
})

describe("a verdict", () => {
  const estimate = (low: number, high: number) => ({ low, middle: (low + high) / 2, high })

  it.each([
    ["same", -0.9, 0.9],
    ["same", 0.1, 0.9],
    ["different", 1.1, 5],
    ["different", -5, -1.1],
    ["unclear", -0.9, 1.1],
    ["unclear", -1.1, 0.9],
    ["unclear", 0.5, 3],
    ["unclear", -3, 3]
  ])("is %s from %d to %d, where 1 is the bound", (verdict, low, high) => {
    expect(verdictOf(estimate(low, high), 1)).toBe(verdict)
  })
})
