// Background work on hosts that stop a request's work after its response: the request's `waitUntil` keeps it alive.
// Without one, `run` returns only when the work is done, which is slower but complete.
import { Effect, Fiber, Layer, Option } from "effect"
import { Background } from "../../services/runtime/Background.ts"
import { RequestLifetime } from "../../services/runtime/RequestLifetime.ts"
import { supervised } from "./supervised.ts"

export const layer: Layer.Layer<Background> = Layer.succeed(Background, {
  run: Effect.fnUntraced(function* <R>(work: Effect.Effect<void, never, R>) {
    const waitUntil = yield* RequestLifetime
    // Detached: a client that hangs up interrupts its request, not what the request has caused.
    const fiber = yield* Effect.forkDetach(supervised(work), { startImmediately: true })
    if (Option.isNone(waitUntil)) yield* Fiber.await(fiber)
    else waitUntil.value(new Promise((resolve) => fiber.addObserver(resolve)))
  })
})
