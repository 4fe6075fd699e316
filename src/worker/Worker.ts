// The worker: consumer and watchdog over ports, as a layer that works while it is built. Closing it
// makes the process not ready, stops taking work, and finishes or hands back what is in flight.
import { Effect, Layer } from "effect"
import { Readiness } from "../services/runtime/Readiness.ts"
import { type ConsumerOptions, consume } from "./Consumer.ts"
import { watch } from "./Watchdog.ts"

export type WorkerOptions = ConsumerOptions

export const worker = (options: WorkerOptions) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const readiness = yield* Readiness
      yield* consume(options)
      yield* watch
      yield* Effect.addFinalizer(() => readiness.startDraining)
    })
  )
