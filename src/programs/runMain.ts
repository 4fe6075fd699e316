// Runs every program as a Node process, with its environment. SIGTERM and SIGINT stop it gracefully, a
// second signal immediately. An error is one readable text on standard error, and the exit code says its kind.
import { existsSync, readFileSync } from "node:fs"
import { type ParseArgsConfig, parseArgs } from "node:util"
import { Cause, ConfigProvider, Data, Effect, Exit, Layer, Option } from "effect"
import { CommandLine } from "../services/runtime/CommandLine.ts"
import { commandLineOf } from "./commandLineOf.ts"
import { type Environment, readEnvironment } from "./config/environment.ts"
import { SettingWarnings } from "./config/settingWarnings.ts"
import { Unusable } from "./config/Variable.ts"

const readFile = Option.liftThrowable((path: string) => readFileSync(path))

/** What programs take their settings from. */
export const settingsFrom = ({ variables, problems, warnings }: Environment): Layer.Layer<never> =>
  Layer.mergeAll(
    ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)),
    Layer.succeed(Unusable, problems),
    Layer.succeed(SettingWarnings, warnings)
  )

/**
 * The environment, with `.env` of the working directory below it. The process's environment gets the values too,
 * so that libraries that read it themselves (the AWS SDK's credential chain) see the same ones.
 */
export const environment: Layer.Layer<never> = Layer.suspend(() => {
  // A `.env` that is there and can't be read ends the program: without it, `dev` would embed parts in silence.
  const dotenv = existsSync(".env") ? Option.some(readFileSync(".env")) : Option.none()
  const read = readEnvironment(process.env, dotenv, readFile)
  Object.assign(process.env, read.forLibraries)
  return settingsFrom(read)
})

/** Errors that say themselves what is wrong, with the exit code they ask for. */
export interface StartError {
  readonly _tag: string
  readonly message: string
}

/** EX_CONFIG of sysexits.h for a wrong configuration, 2 for a wrong command line, 1 for the rest. */
const exitCodes: Readonly<Record<string, number>> = {
  ConfigurationError: 78,
  StandaloneMongo: 78,
  MongoUriRefused: 78,
  AwsRegionMissing: 78,
  UnusableQueue: 78,
  UsageError: 2,
  InvalidArgument: 2,
  Unasked: 2
}

/** Unknown arguments. */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly problem: string
  /** How it is called. */
  readonly usage: string
}> {
  override get message(): string {
    return `${this.problem}\n\n${this.usage}`
  }
}

type Options = NonNullable<ParseArgsConfig["options"]>

/** What the program was given after its name: its options, and the rest as `positionals`. */
export const commandLine = <O extends Options>(options: O, usage: string) =>
  Effect.try({
    try: () => parseArgs({ args: process.argv.slice(2), options, allowPositionals: true }),
    catch: (error) =>
      new UsageError({ problem: error instanceof Error ? error.message : String(error), usage })
  })

/** How a program ends. */
export interface Ending {
  readonly code: number
  /** What standard error gets; empty for a success. */
  readonly words: string
}

export const endingOf = <A, E extends StartError>(exit: Exit.Exit<A, E>): Ending => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return { code: 0, words: "" }
  const error = exit.cause.reasons.find(Cause.isFailReason)?.error
  return {
    code: (error !== undefined && exitCodes[error._tag]) || 1,
    words: `${error?.message || Cause.pretty(exit.cause)}\n`
  }
}

/** How operators call the command line where this process was started. */
const calledHere = commandLineOf(process.argv[1] ?? "", process.cwd())

/** The program runs until it ends or is told to; interruption runs its finalizers. */
export const runMain = <A, E extends StartError>(program: Effect.Effect<A, E>): void => {
  const fiber = Effect.runFork(
    program.pipe(Effect.provide(environment), Effect.provideService(CommandLine, calledHere))
  )
  let asked = false
  // One listener for both signals and every time: Deno also calls one that is added while it tells of a signal.
  const stop = (): void => {
    if (asked) process.exit(1)
    asked = true
    fiber.interruptUnsafe()
  }
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)
  fiber.addObserver((exit) => {
    const { code, words } = endingOf(exit)
    process.stderr.write(words)
    process.exit(code)
  })
}
