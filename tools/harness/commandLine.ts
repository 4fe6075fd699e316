// The operators' command line in this process, as a pipe would have it: a process of its own takes longer to start than
// nearly every command to run. What only a process shows (its exit, its logs, its streams) needs runCli of deployment.ts.
import { Console, Effect, Option } from "effect"
import { call } from "../../src/programs/cli/call.ts"
import { Terminal } from "../../src/programs/cli/Terminal.ts"
import { readEnvironment } from "../../src/programs/config/environment.ts"
import { endingOf, settingsFrom } from "../../src/programs/runMain.ts"
import { CommandLine } from "../../src/services/runtime/CommandLine.ts"
import { type CliResult, type Environment, mustEnd } from "./deployment.ts"

const noFile = () => Option.none()

/** Runs a command to its end. `env` has all that it is told; there is no terminal. */
export const callCli = async (
  env: Environment,
  ...line: ReadonlyArray<string>
): Promise<CliResult> => {
  let stdout = ""
  let output = ""
  const tell = (text: string): void => {
    output += `${text}\n`
  }
  const log = (text: string): void => {
    stdout += `${text}\n`
    tell(text)
  }
  const exit = await Effect.runPromiseExit(
    call(line).pipe(
      Effect.provideService(Terminal, {
        asks: false,
        shows: false,
        tell: (text) => Effect.sync(() => tell(text)),
        ask: () => Effect.die("A pipe can't be asked.")
      }),
      Effect.provideService(Console.Console, { ...console, log }),
      Effect.provideService(CommandLine, "order-processing"),
      Effect.provide(
        settingsFrom(readEnvironment({ LOG_LEVEL: "error", ...env }, Option.none(), noFile))
      )
    )
  )
  const { code, words } = endingOf(exit)
  return { code, output: output + words, stdout }
}

/** The same; throws where it does not end with 0. */
export const mustCallCli = async (
  env: Environment,
  ...line: ReadonlyArray<string>
): Promise<void> => mustEnd(await callCli(env, ...line), line)
