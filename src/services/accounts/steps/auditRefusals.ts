// Records that a limit on guessing refused a request: once in a while for a subject, and bounded in all, since
// strangers can repeat it without end.
import { Effect } from "effect"
import type { Subject } from "../../audit/AuditEvent.ts"
import { auditBounded } from "../../audit/auditBounded.ts"
import { RateLimited } from "../../runtime/RateLimiter.ts"

/** @param key what the limit counts by; @param subject what the event says of it */
export const auditRefusals =
  (key: string, subject: Subject) =>
  <A, E, R>(limited: Effect.Effect<A, E | RateLimited, R>) =>
    Effect.tapError(limited, (error) =>
      error instanceof RateLimited
        ? auditBounded(
            [
              ["refusalSubject", `${error.rule} ${key}`],
              ["refusals", ""]
            ],
            { kind: "limit_reached", subject, details: { limit: error.rule } }
          )
        : Effect.void
    )
