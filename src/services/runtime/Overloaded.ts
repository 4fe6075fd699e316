// The answer of a bounded resource that is full: refused without waiting, and nothing was tried.
import { Data } from "effect"

export class Overloaded extends Data.TaggedError("Overloaded")<{
  /** What is full, for the log. */
  readonly resource: string
}> {}
