// How the commands of one call print and ask, by the options of the call.
import { Console, Context, Data, Effect, Option } from "effect"
import { steadyMillis } from "../../services/time.ts"
import { Terminal } from "./Terminal.ts"

export interface Manner {
  /** None: JSON where standard output is no terminal. */
  readonly json: Option.Option<boolean>
  /** Whether `--yes` has answered every question. */
  readonly yes: boolean
}

export const Manner = Context.Reference<Manner>("programs/cli/Manner", {
  defaultValue: () => ({ json: Option.none(), yes: false })
})

export interface Answer {
  /** For programs. */
  readonly json: unknown
  /** For people: its lines. */
  readonly text: ReadonlyArray<string>
}

/** Texts of people and of messages must not reach the terminal with control characters. */
const printable = (line: string): string => line.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ")

/** The answer of a command, on standard output. */
export const answer = Effect.fnUntraced(function* ({ json, text }: Answer) {
  const manner = yield* Manner
  const { shows } = yield* Terminal
  const asJson = Option.getOrElse(manner.json, () => !shows)
  yield* Console.log(asJson ? JSON.stringify(json, null, 2) : text.map(printable).join("\n"))
})

/** A person said no. */
export class Declined extends Data.TaggedError("Declined")<Record<never, never>> {
  override get message(): string {
    return "Nothing was changed."
  }
}

/** There is no terminal to ask. */
export class Unasked extends Data.TaggedError("Unasked")<{ readonly question: string }> {
  override get message(): string {
    return `${this.question} There is no terminal to ask: say --yes.`
  }
}

/** Goes on only with a yes. For what can't be taken back. */
export const confirm = Effect.fnUntraced(function* (question: string) {
  if ((yield* Manner).yes) return
  const { asks, ask } = yield* Terminal
  if (!asks) return yield* new Unasked({ question })
  const said = yield* ask(`${question} [y/N]`)
  if (!/^\s*y(?:es)?\s*$/iu.test(said)) return yield* new Declined()
})

/** Between two lines about the same work; shorter work says nothing. */
const interval = "3 seconds"

export type Report = (done: number, of: number) => void

/** Says how long `work` has been at it, and how far it is where it reports that. */
export const withProgress = <A, E, R>(
  what: string,
  work: (report: Report) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const { tell } = yield* Terminal
    const began = yield* steadyMillis
    let reached = ""
    const say = Effect.gen(function* () {
      yield* Effect.sleep(interval)
      const seconds = Math.round(((yield* steadyMillis) - began) / 1000)
      yield* tell(`${what}: ${reached}${seconds} s`)
    })
    yield* Effect.forkScoped(Effect.forever(say))
    return yield* work((done, of) => {
      reached = `${done} of ${of}, `
    })
  }).pipe(Effect.scoped)
