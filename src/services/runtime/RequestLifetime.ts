// The current request's `waitUntil`, on hosts that end a request's work with its answer unless they
// are asked to wait. The host's entry point provides it there; elsewhere it is absent.
import { Context, Option } from "effect"

export const RequestLifetime = Context.Reference<Option.Option<(work: Promise<unknown>) => void>>(
  "services/runtime/RequestLifetime",
  { defaultValue: () => Option.none() }
)
