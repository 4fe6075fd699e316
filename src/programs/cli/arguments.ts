// Decodes the arguments of commands, by the API's rules.
import { Data, Effect } from "effect"
import type * as z from "zod"
import { Reason } from "../../api/contract/fields.ts"
import { SessionId, UserId } from "../../services/ids.ts"
import type { Principal } from "../../services/Principal.ts"
import type { Settings } from "./Command.ts"

/** An argument of another form than the command needs. */
export class InvalidArgument extends Data.TaggedError("InvalidArgument")<{
  readonly message: string
}> {}

/** Sees and changes all. No account has this id; audit events name the command line by their origin. */
export const operator: Principal = {
  userId: UserId.make("cli"),
  sessionId: SessionId.make("cli"),
  role: "admin"
}

/** As the API takes it. */
export const reasonFrom = (text: string) => {
  const read = Reason.safeParse(text)
  return read.success
    ? Effect.succeed(read.data)
    : new InvalidArgument({
        message: `The reason does not fit: ${read.error.issues.map(({ message }) => message).join("; ")}.`
      })
}

/** The words of a reason, which may be left out. */
export const reasonOf = (words: ReadonlyArray<string>) =>
  words.length === 0 ? Effect.succeed(undefined) : reasonFrom(words.join(" "))

/** What a query of the API makes of settings of the same names. */
export const queryFrom = <S extends z.ZodType>(
  schema: S,
  given: Settings & Readonly<Record<string, string | undefined>>
): Effect.Effect<z.output<S>, InvalidArgument> => {
  const read = schema.safeParse(given)
  if (read.success) return Effect.succeed(read.data)
  const problems = read.error.issues.map(({ path, message }) => `--${path.join(".")} ${message}`)
  return Effect.fail(new InvalidArgument({ message: `${problems.join("; ")}.` }))
}
