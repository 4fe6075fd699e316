// The refusal of an idempotency key, for every request that takes one.
import { Data } from "effect"

/** The idempotency key belongs to an earlier, different request. */
export class IdempotencyMismatch extends Data.TaggedError("IdempotencyMismatch")<
  Record<never, never>
> {}
