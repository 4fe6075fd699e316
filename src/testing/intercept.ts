// A port of which a test replaces some methods: to fail, to wait, to record.
import { type Context, Effect, Layer } from "effect"

/** Wraps the implementation that is provided to it; `change` gets that one and returns what differs. */
export const intercept = <I, S extends object>(
  port: Context.Service<I, S>,
  change: (real: S) => Partial<S>
): Layer.Layer<I, never, I> =>
  Layer.effect(
    port,
    Effect.map(port, (real) => ({ ...real, ...change(real) }))
  )
