// The command line of `npm run chaos`.
import { parseArgs } from "node:util"
import { minutesOf, seedOf } from "../harness/command/options.ts"
import type { Scenario } from "./scenario.ts"
import { scenarios } from "./scenarios.ts"

export interface Options {
  readonly scenarios: ReadonlyArray<Scenario>
  readonly minutes: number
  readonly seed: string
  readonly out: string
}

export const usage = [
  "Usage: npm run chaos -- [--minutes M] [--scenario NAME[,NAME]] [--seed S] [--out FILE]",
  "  --minutes    for all scenarios together (default 25); each heals in its own time besides",
  "  --scenario   only these",
  "  --seed       of every random choice (default: one of its own, printed)",
  "  --out        where the raw results go (default results/chaos-SEED.json)",
  "Scenarios:",
  ...scenarios.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`)
].join("\n")

/** Throws with a sentence for whoever typed it. */
export function readOptions(args: ReadonlyArray<string>): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "25" },
      scenario: { type: "string" },
      seed: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", default: false }
    }
  })
  if (values.help) return "help"
  const minutes = minutesOf(values.minutes)
  const names = values.scenario?.split(",")
  const unknown = names?.find((name) => !scenarios.some((scenario) => scenario.name === name))
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}`)
  const seed = seedOf(values.seed)
  return {
    scenarios: scenarios.filter(({ name }) => names === undefined || names.includes(name)),
    minutes,
    seed,
    out: values.out ?? `results/chaos-${seed}.json`
  }
}
