// The command line of a measurement: its options, or a word to whoever typed something else.

/**
 * Undefined where there is nothing to run: help was asked for (exit code 0), or `read` threw a sentence
 * about what is wrong (exit code 2).
 */
export function chosen<O>(
  read: (args: ReadonlyArray<string>) => O | "help",
  usage: string
): O | undefined {
  try {
    const options = read(process.argv.slice(2))
    if (options !== "help") return options
    process.stdout.write(`${usage}\n`)
    process.exitCode = 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}\n`)
    process.exitCode = 2
  }
  return undefined
}
