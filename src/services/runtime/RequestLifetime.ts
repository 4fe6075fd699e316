// The current request's `waitUntil`, on hosts that end a request's work with its answer unless they
// are asked to wait. Whoever runs a request there provides it; elsewhere it is absent.
import { Context } from "effect"

export const RequestLifetime = Context.Reference<((work: Promise<unknown>) => void) | undefined>(
  "services/runtime/RequestLifetime",
  { defaultValue: () => undefined }
)
