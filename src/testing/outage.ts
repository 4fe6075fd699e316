// A port that is unavailable while a test says so.
import { type Context, Effect, Layer } from "effect"
import { wrapPort } from "./wrapPort.ts"

/**
 * `layer` wraps the implementation that is provided to it. While `outage.away` is true, its calls fail with the error that
 * `error` gives for the method, and the wrapped ones are not called.
 */
export const outageOf = <I, S extends object, E>(
  port: Context.Service<I, S>,
  error: (method: string) => E
): { readonly outage: { away: boolean }; readonly layer: Layer.Layer<I, never, I> } => {
  const outage = { away: false }
  const layer = Layer.effect(
    port,
    Effect.map(port, (real) =>
      wrapPort(real, ({ method, run }) =>
        Effect.suspend(() => (outage.away ? Effect.fail(error(method)) : run()))
      )
    )
  )
  return { outage, layer }
}
