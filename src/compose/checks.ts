// The readiness of each dependency. An embedded one is always ready; a real one replaces the default by
// asking its client.
import { Context, Effect, Layer } from "effect"
import * as Readiness from "../layers/runtime/TimedReadiness.ts"
import type { DependencyCheck } from "../services/runtime/Readiness.ts"

const embedded = (name: DependencyCheck["name"], required: boolean) =>
  Context.Reference<DependencyCheck>(`compose/${name}`, {
    defaultValue: () => ({ name, required, problem: Effect.succeed(undefined) })
  })

/** Nothing works without the database; without the others the service answers, slower or later. */
export const MongoCheck = embedded("mongo", true)
export const RedisCheck = embedded("redis", false)
export const SqsCheck = embedded("sqs", false)
export const SesCheck = embedded("ses", false)

/** A dependency's check by a question to its client. */
export const check = <R>(
  reference: Context.Reference<DependencyCheck>,
  problem: Effect.Effect<string | undefined, never, R>
): Layer.Layer<never, never, R> =>
  Layer.effect(
    reference,
    Effect.gen(function* () {
      const context = yield* Effect.context<R>()
      const { name, required } = yield* reference
      return { name, required, problem: Effect.provideContext(problem, context) }
    })
  )

/** Built on top of the layers that carry the checks. */
export const readiness = Readiness.layer(Effect.all([MongoCheck, RedisCheck, SqsCheck, SesCheck]))
