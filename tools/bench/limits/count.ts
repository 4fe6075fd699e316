// Whole numbers from a limit's command line: `--orders 10000 --callers 64`.
import { parseArgs } from "node:util"
import { wholeNumber } from "../../harness/options.ts"

/** Every option with its default; throws for any other, and for what is no whole number from 0 on. */
export const counts = <const N extends string>(
  defaults: Readonly<Record<N, number>>
): Record<N, number> => {
  const result: Record<N, number> = { ...defaults }
  const names = Object.keys(defaults) as Array<N>
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" }] as const))
  const { values } = parseArgs({ options })
  for (const name of names) {
    const given = values[name]
    if (given !== undefined) result[name] = wholeNumber(name, String(given), 0)
  }
  return result
}
