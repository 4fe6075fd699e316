// The command line of `npm run image:check`.
import { parseArgs } from "node:util"

export interface Options {
  readonly out: string
}

export const usage = [
  "Usage: npm run image:check -- [--out FILE]",
  "  --out        where the raw results go (default results/image.json)"
].join("\n")

/** Throws with a sentence for the person who typed the arguments. */
export function readOptions(args: ReadonlyArray<string>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { out: { type: "string", default: "results/image.json" } }
  })
  return { out: values.out }
}
