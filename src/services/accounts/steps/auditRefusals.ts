// Records that a limit on guessing refused somebody. What strangers can repeat must not write without bound,
// so the record is limited itself: one event for a subject in a quarter of an hour, and a number for all.
import { Effect } from "effect"
import type { Subject } from "../../audit/AuditEvent.ts"
import { audit } from "../../audit/audit.ts"
import { RateLimited, RateLimiter } from "../../runtime/RateLimiter.ts"

/** @param key what the limit counts by; @param subject what the event says of it */
export const auditRefusals =
  (key: string, subject: Subject) =>
  <A, E, R>(limited: Effect.Effect<A, E | RateLimited, R>) =>
    Effect.tapError(limited, (error) =>
      error instanceof RateLimited ? record(key, subject, error) : Effect.void
    )

const record = Effect.fnUntraced(
  function* (key: string, subject: Subject, { rule }: RateLimited) {
    const limiter = yield* RateLimiter
    yield* limiter.take("refusalSubject", `${rule} ${key}`)
    yield* limiter.take("refusals", "")
    yield* audit({ kind: "limit_reached", subject, details: { limit: rule } })
  },
  Effect.catchTag("RateLimited", () => Effect.void)
)
