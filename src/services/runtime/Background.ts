// Port: work that outlives the request that caused it. Shutdown waits for it; on hosts that stop a request's work after
// its response, the request is kept alive for it.
import { Context, type Effect } from "effect"

export class Background extends Context.Service<
  Background,
  {
    /** Starts the work and does not wait for it. The work logs its own failures; the caller sees none. */
    readonly run: <R>(work: Effect.Effect<void, never, R>) => Effect.Effect<void, never, R>
  }
>()("services/runtime/Background") {}
