// The error of a bounded resource that is full: the call was refused without waiting, and had no effect.
import { Data } from "effect"

export class Overloaded extends Data.TaggedError("Overloaded")<{
  /** The full resource, for the log. */
  readonly resource: string
}> {}
