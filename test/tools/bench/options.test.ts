// The command line of the bench.
import { describe, expect, it } from "vitest"
import { readOptions, usageOf } from "../../../tools/bench/options.ts"
import * as workloads from "../../../tools/bench/workloads.ts"

const read = (...args: ReadonlyArray<string>) =>
  readOptions(args, workloads, new Date("2026-11-27T03:00:00Z"))

describe("the command line", () => {
  it("measures everything by default", () => {
    expect(read().workloads).toEqual(workloads.full)
    expect(read().out).toBe("results/bench-2026-11-27T03-00-00.json")
  })

  it("measures only the given workloads, for the given rounds", () => {
    const { workloads: chosen, pace } = read("--only", "worker,cached-read", "--rounds", "7")
    expect(chosen.map(({ name }) => name)).toEqual(["cached-read", "worker"])
    expect(pace.rounds).toBe(7)
  })

  it("is shorter, and has fewer workloads, with --quick", () => {
    expect(read("--quick").workloads).toEqual(workloads.quick)
    expect(read("--quick").pace.seconds).toBeLessThan(read().pace.seconds)
  })

  it("publishes five rounds, or more", () => {
    expect(read("--publish").pace.rounds).toBe(5)
    expect(read("--publish", "--rounds", "7").pace.rounds).toBe(7)
  })

  it("measures one process, two and three, of which three rounds are published", () => {
    expect(read("--scaling", "--publish").workloads).toEqual(workloads.scaling)
    expect(read("--scaling", "--publish").pace.rounds).toBe(3)
    expect(() => read("--scaling", "--publish", "--rounds", "2")).toThrow("3 or more")
  })

  it.each([
    [["--publish", "--rounds", "4"], "--rounds takes a whole number of 5 or more"],
    [["--only", "nothing"], "there is no workload nothing"],
    [["--rounds", "0"], "--rounds takes"],
    [["--rounds", "1.5"], "--rounds takes"],
    [["--quick", "--publish"], "--publish"],
    [["--quick", "--scaling"], "--scaling"],
    [["--profile", "somewhere", "--scaling"], "--scaling"],
    [["--profile", "somewhere", "--publish"], "--profile"],
    [["--profile", "test"], "test exists"],
    [["--fast"], "--fast"]
  ])("refuses %j", (args, message) => {
    expect(() => read(...args)).toThrow(message)
  })

  it("has a unique name for each workload", () => {
    const names = workloads.full.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(usageOf(workloads.full)).toContain(name)
  })
})
