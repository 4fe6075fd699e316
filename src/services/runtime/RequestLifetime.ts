// The current request's `waitUntil`, on hosts that stop a request's work after its response unless it is called. The
// host's entry point provides it there; elsewhere it is absent.
import { Context, Option } from "effect"

export const RequestLifetime = Context.Reference<Option.Option<(work: Promise<unknown>) => void>>(
  "services/runtime/RequestLifetime",
  { defaultValue: () => Option.none() }
)
