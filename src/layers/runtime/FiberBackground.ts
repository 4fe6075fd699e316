// Background work as fibers of this process. Shutdown waits for them for a limited time, then interrupts them and logs
// that. Build it on top of the layers that the work uses (`Layer.provideMerge`), so that those are still open while it
// waits.
import { Effect, FiberSet, Layer, Option } from "effect"
import { Background } from "../../services/runtime/Background.ts"
import { supervised } from "./supervised.ts"

export interface FiberBackgroundOptions {
  /** How long shutdown waits. */
  readonly shutdownSeconds: number
}

export const layer = ({ shutdownSeconds }: FiberBackgroundOptions): Layer.Layer<Background> =>
  Layer.effect(
    Background,
    Effect.gen(function* () {
      const fibers = yield* FiberSet.make<void>()
      yield* Effect.addFinalizer(() =>
        FiberSet.awaitEmpty(fibers).pipe(
          Effect.timeoutOption(`${shutdownSeconds} seconds`),
          Effect.filterOrElse(Option.isSome, () =>
            Effect.flatMap(FiberSet.size(fibers), (count) =>
              Effect.logError(`${count} background tasks were interrupted by the shutdown`)
            )
          )
        )
      )
      return Background.of({
        run: (work) => Effect.asVoid(FiberSet.run(fibers, supervised(work)))
      })
    })
  )
