// The command line of `npm run chaos`.
import { parseArgs } from "node:util"
import {
  namedIn,
  readSeededRun,
  type SeededRun,
  seededOptions,
  seededUsage
} from "../harness/options.ts"
import type { Scenario } from "./scenario.ts"
import { scenarios } from "./scenarios.ts"

export interface Options extends SeededRun {
  readonly scenarios: ReadonlyArray<Scenario>
}

export const usage = [
  "Usage: npm run chaos -- [--minutes M] [--scenario NAME[,NAME]] [--seed S] [--out FILE]",
  "  --minutes    for all scenarios together (default 25); each takes further time to heal",
  "  --scenario   only these",
  ...seededUsage("chaos"),
  "Scenarios:",
  ...scenarios.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`)
].join("\n")

/** Throws with a sentence for the person who typed the arguments. */
export function readOptions(args: ReadonlyArray<string>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { ...seededOptions, scenario: { type: "string" } }
  })
  return {
    ...readSeededRun("chaos", values, 25),
    scenarios: namedIn("scenario", scenarios, values.scenario)
  }
}
