// Which traces are sampled: decided once for the whole trace, where it enters the system.
import { Option, type Random, Tracer } from "effect"

/**
 * Spans that are kept come from `kept`; the others carry their ids, for logs and messages, and go nowhere.
 * Every trace that starts here is kept with the given chance, and so is every request: its
 * caller names the trace, but is not asked whether it costs us anything. A message says of its trace what
 * was decided for the request that sent it (the W3C trace context's `sampled` flag).
 */
export const sampled = (
  kept: Tracer.Tracer,
  /** From 0, none, to 1, all. */
  ratio: number,
  random: Random.Random
): Tracer.Tracer =>
  Tracer.make({
    span(options) {
      const entered = options.kind === "server" || Option.isNone(options.parent)
      const keep = entered ? random.nextDoubleUnsafe() < ratio : options.sampled
      return keep
        ? kept.span({ ...options, sampled: true })
        : new Tracer.NativeSpan({ ...options, sampled: false })
    }
  })
