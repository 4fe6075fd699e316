// Logs the start of the process, and its stop after all layers are closed. Built right after the log and before all
// other layers, so that it is closed last.
import { Effect, Layer } from "effect"

export const layer: Layer.Layer<never> = Layer.effectDiscard(
  Effect.gen(function* () {
    const context = yield* Effect.context<never>()
    yield* Effect.logInfo("starting", { node: process.versions.node, pid: process.pid })
    yield* Effect.addFinalizer(() => Effect.provideContext(Effect.logInfo("stopped"), context))
  })
)
