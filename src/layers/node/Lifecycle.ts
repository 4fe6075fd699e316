// Says in the log when the process starts and when all that it had is closed. Built first of all but the log, so that it
// is closed last.
import { Effect, Layer } from "effect"

export const layer: Layer.Layer<never> = Layer.effectDiscard(
  Effect.gen(function* () {
    const context = yield* Effect.context<never>()
    yield* Effect.logInfo("starting", { node: process.versions.node, pid: process.pid })
    yield* Effect.addFinalizer(() => Effect.provideContext(Effect.logInfo("stopped"), context))
  })
)
