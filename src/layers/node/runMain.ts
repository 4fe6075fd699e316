// Runs a program as a Node process: SIGTERM and SIGINT end it in order, a second one at once; errors are
// one readable text on standard error; the exit code says what happened.
import { Cause, Effect, Exit } from "effect"

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
  UsageError: 2
}

/** What the command was given after its name. */
export const commandLine = (): ReadonlyArray<string> => process.argv.slice(2)

const exitCode = <A, E extends StartError>(exit: Exit.Exit<A, E>): number => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return 0
  const error = exit.cause.reasons.find(Cause.isFailReason)?.error
  return (error !== undefined && exitCodes[error._tag]) || 1
}

const explain = <E extends StartError>(cause: Cause.Cause<E>): string => {
  const error = cause.reasons.find(Cause.isFailReason)?.error
  return error?.message || Cause.pretty(cause)
}

/** The program runs until it ends or is told to; interruption runs its finalizers. */
export const runMain = <A, E extends StartError>(program: Effect.Effect<A, E>): void => {
  const fiber = Effect.runFork(program)
  const stop = (): void => {
    process.once("SIGTERM", exitNow)
    process.once("SIGINT", exitNow)
    fiber.interruptUnsafe()
  }
  const exitNow = (): void => process.exit(1)
  process.once("SIGTERM", stop)
  process.once("SIGINT", stop)
  fiber.addObserver((exit) => {
    if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause))
      process.stderr.write(`${explain(exit.cause)}\n`)
    process.exit(exitCode(exit))
  })
}
