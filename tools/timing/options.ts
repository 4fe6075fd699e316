// The command line of `npm run timing`.
import { parseArgs } from "node:util"
import { wholeNumber } from "../harness/options.ts"
import { fewest } from "./statistics.ts"

export interface Options {
  /** Of each question, at most: one ends as soon as its answer is clear. */
  readonly rounds: number
  /** Of reads without and during logins. */
  readonly readRounds: number
  /** Each half of a round of reads. */
  readonly seconds: number
  readonly out: string
}

export const usage = [
  "Usage: npm run timing -- [--rounds N] [--read-rounds N] [--seconds S] [--out FILE]",
  "  --rounds       answers of each kind, at most (default 2000)",
  "  --read-rounds  of reads without and during logins (default 5)",
  "  --seconds      each half of such a round (default 10)",
  "  --out          where the raw results go (default results/timing.json)"
].join("\n")

/** Throws with a sentence for the person who typed the arguments. */
export function readOptions(args: ReadonlyArray<string>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "2000" },
      "read-rounds": { type: "string", default: "5" },
      seconds: { type: "string", default: "10" },
      out: { type: "string", default: "results/timing.json" }
    }
  })
  return {
    rounds: wholeNumber("rounds", values.rounds, fewest),
    readRounds: wholeNumber("read-rounds", values["read-rounds"], 1),
    seconds: wholeNumber("seconds", values.seconds, 1),
    out: values.out
  }
}
