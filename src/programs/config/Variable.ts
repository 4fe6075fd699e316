// One environment variable: its name, its decoder, and the message for an invalid value.
import { Config, Context, Effect, Option, Result, type Schema } from "effect"

export interface Variable<A> {
  readonly name: string
  readonly schema: Schema.ConstraintCodec<A, unknown>
  /** What it is for. */
  readonly about: string
  /** What the value should be; for a secret, a command that makes one. */
  readonly expected: string
  /** What holds where it is absent, for the documents. */
  readonly absent: string
}

/** A variable with the same default in every program. */
export interface Defaulted<A> extends Variable<A> {
  readonly fallback: NoInfer<A>
}

export interface Problem {
  readonly variable: string
  readonly problem:
    | "is missing"
    | "is malformed"
    | "conflicts"
    | "can't be read"
    | "names an empty file"
  readonly expected: string
}

export type Read<A> = Result.Result<A, ReadonlyArray<Problem>>

/** By variable: why its value can't be had. Such a variable is not absent: no default takes its place. */
export const Unusable = Context.Reference<ReadonlyMap<string, Problem>>(
  "programs/config/Variable/Unusable",
  { defaultValue: () => new Map() }
)

/** The decoded value, or undefined where the variable is absent or empty. Never shows the value. */
export const optional = <A>(variable: Variable<A>): Effect.Effect<Read<A | undefined>> =>
  Effect.gen(function* () {
    const problem = (yield* Unusable).get(variable.name)
    if (problem !== undefined) return Result.fail([problem])
    return yield* Config.option(Config.schema(variable.schema, variable.name)).pipe(
      Effect.map(Option.getOrUndefined),
      Effect.mapError(() => [describe(variable, "is malformed")]),
      Effect.result
    )
  })

export const withDefault = <A>(variable: Variable<A>, fallback: A): Effect.Effect<Read<A>> =>
  Effect.map(
    optional(variable),
    Result.map((value) => value ?? fallback)
  )

export const defaulted = <A>(variable: Defaulted<A>): Effect.Effect<Read<A>> =>
  withDefault(variable, variable.fallback)

export const required = <A>(variable: Variable<A>): Effect.Effect<Read<A>> =>
  Effect.map(
    optional(variable),
    Result.flatMap((value) =>
      value === undefined
        ? Result.fail([describe(variable, "is missing")])
        : Result.succeed<A>(value)
    )
  )

/** A value that its own parser reads: undefined from it means malformed. */
export const parsed = <A, B>(
  variable: Variable<A>,
  read: Effect.Effect<Read<A>>,
  parse: (value: A) => B | undefined
): Effect.Effect<Read<B>> =>
  Effect.map(
    read,
    Result.flatMap((value) => {
      const result = parse(value)
      return result === undefined
        ? Result.fail([describe(variable, "is malformed")])
        : Result.succeed<B>(result)
    })
  )

/** All of them, or the problems of all, so that one start shows every error. */
export const all = <Fields extends Record<string, Effect.Effect<Read<unknown>>>>(
  fields: Fields
): Effect.Effect<Read<{ readonly [K in keyof Fields]: Value<Fields[K]> }>> =>
  Effect.gen(function* () {
    const values: Record<string, unknown> = {}
    const problems: Array<Problem> = []
    for (const [key, field] of Object.entries(fields)) {
      const read = yield* field
      if (Result.isSuccess(read)) values[key] = read.success
      else problems.push(...read.failure)
    }
    if (problems.length > 0) return Result.fail(problems)
    // Without a problem every field was a success, so each key has its own field's value.
    return Result.succeed(values as { readonly [K in keyof Fields]: Value<Fields[K]> })
  })

type Value<F> = F extends Effect.Effect<Read<infer A>> ? A : never

export const describe = (
  { name, expected }: Pick<Variable<unknown>, "name" | "expected">,
  problem: Problem["problem"]
): Problem => ({ variable: name, problem, expected })
