// What every command does in addition to its work: it reads its options, says its progress, keeps its raw result,
// and ends in order when it is interrupted.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

export interface Command<O> {
  readonly usage: string
  /** Throws with a sentence for the person who typed the arguments. */
  readonly read: (args: ReadonlyArray<string>) => O
  /** Resolves with the exit code. */
  readonly main: (options: O) => Promise<number>
}

/** Ends the process: with 0 after `--help`, with 2 where the arguments do not fit, else as `main` says. */
export async function runCommand<O>({ usage, read, main }: Command<O>): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes("--help")) return print(usage)
  let options: O
  try {
    options = read(args)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}\n`)
    process.exitCode = 2
    return
  }
  // A process or a connection that is left must not keep the command alive.
  process.exit(await main(options))
}

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

export type Say = (line: string) => void

/** Prints a line of progress with the minutes and seconds since `makeSay`. */
export function makeSay(): Say {
  const began = Date.now()
  return (line) => {
    const seconds = Math.floor((Date.now() - began) / 1000)
    const two = (value: number): string => String(value).padStart(2, "0")
    print(`[${two(Math.floor(seconds / 60))}:${two(seconds % 60)}] ${line}`)
  }
}

/** Writes the raw result as JSON over an earlier one. */
export function writeRaw(file: string, result: unknown): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
}

/**
 * On the first SIGINT or SIGTERM: runs `stop` and exits with 130, as Ctrl+C does. A second one of the same
 * kind ends the process without waiting.
 */
export function stopWhenInterrupted(say: Say, stop: () => Promise<void>): void {
  const interrupted = (): void => {
    say("interrupted: stopping everything")
    void stop().finally(() => process.exit(130))
  }
  process.once("SIGINT", interrupted)
  process.once("SIGTERM", interrupted)
}
