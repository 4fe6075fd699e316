// The command line of `npm run floods`.
import { parseArgs } from "node:util"
import { wholeNumber } from "../harness/options.ts"

export interface Options {
  /** Of each attack. */
  readonly seconds: number
  /** A part of the names of the attacks that are run. */
  readonly only: string
  readonly out: string
}

export const usage = [
  "Usage: npm run floods -- [--seconds S] [--only TEXT] [--out FILE]",
  "  --seconds    of each attack (default 20; the server needs up to 15 to end a connection that does not read)",
  "  --only       the attacks whose names hold this text (default all)",
  "  --out        where the raw results go (default results/floods.json)"
].join("\n")

/** Throws with a sentence for the person who typed the arguments. */
export function readOptions(args: ReadonlyArray<string>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "20" },
      only: { type: "string", default: "" },
      out: { type: "string", default: "results/floods.json" }
    }
  })
  const { only, out } = values
  return { seconds: wholeNumber("seconds", values.seconds, 1), only, out }
}
