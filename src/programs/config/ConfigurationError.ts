// All problems of the environment, in one error.
import { Data } from "effect"
import type { Problem } from "./Variable.ts"

export class ConfigurationError extends Data.TaggedError("ConfigurationError")<{
  readonly problems: ReadonlyArray<Problem>
  /** Settings that are probably mistakes, which may be why something is missing. */
  readonly warnings: ReadonlyArray<string>
}> {
  override get message(): string {
    const lines = this.problems.map(
      ({ variable, problem, expected }) => `  ${variable} ${problem}: it should be ${expected}`
    )
    return [
      "The configuration does not fit. Set these in the environment or in .env (see .env.example):",
      ...lines,
      ...this.warnings
    ].join("\n")
  }
}
