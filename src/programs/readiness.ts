// The checks of `/readyz` of a process, by dependency. An embedded dependency is always ready; the layer of a real one
// checks its client.
import { Context, Effect, Layer, type Option } from "effect"
import * as TimedReadiness from "../layers/runtime/TimedReadiness.ts"
import type { DependencyCheck } from "../services/runtime/Readiness.ts"

const embedded = (name: DependencyCheck["name"], required: boolean) =>
  Context.Reference<DependencyCheck>(`programs/readiness/${name}`, {
    defaultValue: () => ({ name, required, problem: Effect.succeedNone })
  })

/** Nothing works without the database; without the others the service answers, slower or later. */
export const Mongo = embedded("mongo", true)
export const Redis = embedded("redis", false)
export const Sqs = embedded("sqs", false)
export const Ses = embedded("ses", false)

/** Built on top of the layers that ask. */
export const readiness = TimedReadiness.layer(Effect.all([Mongo, Redis, Sqs, Ses]))

/** Has a dependency's check put a question to its client: those of live/ do. */
export const asks = <R>(
  check: Context.Reference<DependencyCheck>,
  problem: Effect.Effect<Option.Option<string>, never, R>
): Layer.Layer<never, never, R> =>
  Layer.effect(
    check,
    Effect.gen(function* () {
      const context = yield* Effect.context<R>()
      return { ...(yield* check), problem: Effect.provideContext(problem, context) }
    })
  )
