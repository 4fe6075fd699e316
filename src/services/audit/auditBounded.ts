// Records an event that clients can repeat without end, up to a limit, since new events push out the oldest ones.
import { Effect } from "effect"
import { type BoundedKind, countSuppressedEvent } from "../metrics.ts"
import { RateLimiter } from "../runtime/RateLimiter.ts"
import { audit, type Entry } from "./audit.ts"

type Limit = Readonly<Parameters<RateLimiter["Service"]["take"]>>

/**
 * Records the event unless one of the limits is reached, and counts it then. The last event that they allow says
 * for how long no other follows.
 */
export const auditBounded = (
  limits: ReadonlyArray<Limit>,
  entry: Entry & { readonly kind: BoundedKind }
) =>
  Effect.gen(function* () {
    const limiter = yield* RateLimiter
    const quotas = yield* Effect.forEach(limits, (limit) => limiter.take(...limit))
    const used = quotas.filter(({ remaining }) => remaining === 0)
    const silentSeconds = Math.max(...used.map(({ resetSeconds }) => resetSeconds))
    yield* audit(
      used.length === 0 ? entry : { ...entry, details: { ...entry.details, silentSeconds } }
    )
  }).pipe(
    Effect.catchTag("RateLimited", () => countSuppressedEvent[entry.kind]),
    // What was counted is recorded: otherwise a client that hangs up in between goes unseen.
    Effect.uninterruptible,
    Effect.withSpan("auditBounded")
  )
