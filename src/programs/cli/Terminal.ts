// The terminal of a command, if there is one: results go to standard output, everything else to standard error.
import { createInterface } from "node:readline"
import { Context, Effect } from "effect"

export interface Terminal {
  /** Whether a person can be asked. */
  readonly asks: boolean
  /** Whether a person reads the answer, as far as standard output shows. */
  readonly shows: boolean
  /** Writes a line to standard error. */
  readonly tell: (line: string) => Effect.Effect<void>
  /** Asks on standard error, and takes a line of standard input; empty where the input ends. */
  readonly ask: (question: string) => Effect.Effect<string>
}

const write = (text: string) => Effect.sync(() => void process.stderr.write(text))

/** Ends with its line, or with the input. Ctrl-C stays a signal of the process. */
const readLine = Effect.callback<string>((resume) => {
  const lines = createInterface({ input: process.stdin })
  lines.once("line", (line) => {
    resume(Effect.succeed(line))
    lines.close()
  })
  lines.once("close", () => resume(Effect.succeed("")))
  return Effect.sync(() => lines.close())
})

export const Terminal = Context.Reference<Terminal>("programs/cli/Terminal", {
  defaultValue: () => ({
    asks: process.stdin.isTTY === true,
    shows: process.stdout.isTTY === true,
    tell: (line) => write(`${line}\n`),
    ask: (question) => Effect.andThen(write(`${question} `), readLine)
  })
})
