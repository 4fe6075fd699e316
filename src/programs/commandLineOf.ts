// The words that start the command line from where the program was started, so that a hint can be typed as printed.
import { basename, dirname, join, relative } from "node:path"

/** Where npm installs a package, and where it links the commands of one. */
const installed = /[\\/]node_modules[\\/]/u

/** `script`: the program that Node was given (`process.argv[1]`). */
export const commandLineOf = (script: string, folder: string): string => {
  // A checkout's programs, which npm starts as they are written.
  if (script.endsWith(".ts")) return "npm run cli --"
  if (installed.test(script) || basename(script) === "order-processing") return "order-processing"
  const cli = join(dirname(script), "cli.js")
  const near = relative(folder, cli)
  return `node ${near.startsWith("..") ? cli : near}`
}
