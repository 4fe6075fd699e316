// Who is measured when: pairs of this system and another meet the machine in the same minutes.
import { describe, expect, it } from "vitest"
import { playWorkload, turnsOf } from "../../../tools/bench/play.ts"
import type { Services } from "../../../tools/bench/services.ts"
import type { Stage } from "../../../tools/bench/stage.ts"
import type { Workload } from "../../../tools/bench/workload.ts"

const named = (name: string) => ({ name, seed: () => Promise.resolve() })

const turns = (names: ReadonlyArray<string>, round: number): string =>
  turnsOf(names.map(named), round)
    .map(({ name }) => (name === "system" ? "A" : name))
    .join(" ")

const rounds = (names: ReadonlyArray<string>, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => turns(names, i + 1))

describe("the turns of a round", () => {
  it("pair this system with each other one", () => {
    const names = ["system", "b", "c", "d", "e", "f"]
    expect(rounds(names, 3)).toEqual(["b A c d A e f A", "c A d e A f b A", "d A e f A b c A"])
    for (const round of rounds(names, 5))
      for (const name of "bcdef") expect(round).toMatch(new RegExp(`A ${name}|${name} A`, "u"))
  })

  it.each([
    ["odd", ["b", "c", "d"]],
    ["even", ["b", "c", "d", "e"]]
  ])("come before and after this system, for an %s number", (_what, others) => {
    const all = rounds(["system", ...others], 2 * others.length)
    for (const name of others) {
      expect(all.some((round) => round.includes(`A ${name}`))).toBe(true)
      expect(all.some((round) => round.includes(`${name} A`))).toBe(true)
    }
  })

  it("alternate when there are two", () => {
    expect(rounds(["system", "b"], 3)).toEqual(["b A", "b A", "b A"])
  })

  it("are one when nothing is compared", () => {
    expect(rounds(["system"], 2)).toEqual(["A", "A"])
  })
})

it("plays the turns of each round, and continues after one that fails", async () => {
  const sample = { value: 1 }
  const workload: Workload = {
    ...{ name: "w", title: "W", unit: "ms", better: "lower" },
    contestants: ["system", "b", "c"].map(named),
    open: (_services, { name }) => ({
      play: (act) => (name === "c" ? Promise.reject(new Error("broken")) : act({} as Stage)),
      close: () => Promise.resolve()
    }),
    measure: () => Promise.resolve(sample)
  }
  const services: Partial<Services> = { assertRunning: () => undefined }
  const pace = { rounds: 2, warmUpSeconds: 0, seconds: 0, messages: 0 }
  const { measurements, failures } = await playWorkload(
    services as Services,
    workload,
    pace,
    () => undefined
  )
  expect(measurements.map(({ contestant }) => contestant)).toEqual(["b", "system", "system", "b"])
  expect(failures.map(({ round, reason }) => [round, reason])).toEqual([
    [1, "broken"],
    [2, "broken"]
  ])
})
