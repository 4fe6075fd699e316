// The command line of `npm run simulate`.
import { parseArgs } from "node:util"
import { wholeNumber } from "../harness/options.ts"

export interface Options {
  /** The first seed. */
  readonly first: number
  /** How many seeds. */
  readonly count: number
  /** Whether the whole trace is printed. */
  readonly trace: boolean
  readonly mutations: boolean
  readonly out: string
}

export const usage = [
  "Usage: npm run simulate -- [--seeds N] [--seed S] [--trace] [--mutations] [--out FILE]",
  "  --seeds      how many seeds (default 1000; with --mutations: at most so many for each)",
  "  --seed       the first one (default 1)",
  "  --trace      prints the whole trace of a seed that fails, or of the only one",
  "  --mutations  runs the deliberate mistakes instead: each has to be caught",
  "  --out        where the raw results go (default results/simulate.json, results/mutations.json)"
].join("\n")

/** Throws with a sentence for the person who typed the arguments. */
export function readOptions(args: ReadonlyArray<string>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      trace: { type: "boolean", default: false },
      mutations: { type: "boolean", default: false },
      out: { type: "string" }
    }
  })
  return {
    first: wholeNumber("seed", values.seed, 0),
    count: wholeNumber("seeds", values.seeds, 0),
    trace: values.trace,
    mutations: values.mutations,
    out: values.out ?? `results/${values.mutations ? "mutations" : "simulate"}.json`
  }
}
