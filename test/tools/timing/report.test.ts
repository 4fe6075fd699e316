// What ends `npm run timing` with 1.
import { describe, expect, it } from "vitest"
import type { Answers } from "../../../tools/timing/answerTimes.ts"
import type { Reads } from "../../../tools/timing/reads.ts"
import { answersTable, broken, isClear, readsTable } from "../../../tools/timing/report.ts"

const answers = (other: readonly [number, number], control: readonly [number, number]): Answers => {
  const comparison = (
    [low, high]: readonly [number, number],
    kind: string,
    isControl: boolean
  ) => ({
    ...{ kind, isControl, median: 20 },
    difference: { low, middle: (low + high) / 2, high }
  })
  return {
    question: "login",
    reference: { kind: "wrong password", median: 20 },
    rounds: 100,
    comparisons: [
      comparison(other, "unknown address", false),
      comparison(control, "control", true)
    ],
    times: {}
  }
}
const same = [-0.5, 0.5] as const
const seen = [-21, -19] as const

const spread = (p99: number, count = 1000) => ({ count, p50: 1, p99, worst: p99 })
const reads = (times: number, loginsPerSecond = 40): Reads => {
  const round = { idle: spread(2), storm: spread(2 * times) }
  return { ...round, rounds: [round], loginsPerSecond, times: { idle: [], storm: [] } }
}

describe("the promises of timing", () => {
  it("are kept when times are the same, the control differs, and reads stay quick", () => {
    expect(broken([answers(same, seen)], reads(3))).toEqual([])
  })

  it.each([
    ["different", [2, 4]],
    ["unclear", [-0.5, 4]]
  ] as const)("are broken by a time that is %s", (verdict, difference) => {
    const found = broken([answers(difference, seen)], reads(1))
    expect(found).toEqual([expect.stringContaining(`login, unknown address: ${verdict}`)])
  })

  it.each([
    ["same", same],
    ["unclear", [-3, 3]]
  ] as const)("are not shown when the control is %s", (verdict, difference) => {
    const found = broken([answers(same, difference)], reads(1))
    expect(found).toEqual([expect.stringContaining(`login, control: ${verdict}`)])
  })

  it("are broken by reads that take more than three times as long, or during which no login succeeded", () => {
    expect(broken([], reads(3.1))).toEqual([expect.stringContaining("3.1 times")])
    expect(broken([], reads(Number.NaN))).toHaveLength(1)
    expect(broken([], reads(1, 0))).toEqual([expect.stringContaining("no login")])
  })

  it.each(["idle", "storm"] as const)("are not shown by too few reads, %s", (when) => {
    const few = { ...reads(1), [when]: spread(2, 999) }
    expect(broken([], few)).toEqual([expect.stringContaining("fewer than 1000")])
  })

  it("are clear once every kind is the same or different", () => {
    expect(isClear(answers(same, seen))).toBe(true)
    expect(isClear(answers([2, 4], seen))).toBe(true)
    expect(isClear(answers([-0.5, 4], seen))).toBe(false)
    expect(isClear(answers(same, [-3, 3]))).toBe(false)
  })
})

describe("the tables", () => {
  it("have the verdict of each kind", () => {
    const lines = answersTable([answers(same, seen)]).split("\n")
    expect(lines).toHaveLength(5)
    expect(lines[3]).toMatch(/unknown address .* -0\.50 … 0\.50 .* same +\|$/)
    expect(lines[4]).toMatch(/control .* -21\.00 … -19\.00 .* different +\|$/)
  })

  it("have the ratio of reads", () => {
    expect(readsTable(reads(1.5))).toContain("p99 during 40.0 logins a second: 1.50 times")
  })
})
