// Records that a user was refused, at most so often. A refusal changes nothing and can be had again without end,
// while the newest events push out the oldest.
import { Effect, Option } from "effect"
import { countSuppressedEvent } from "../metrics.ts"
import type { Principal } from "../Principal.ts"
import { RateLimiter } from "../runtime/RateLimiter.ts"
import type { Subject } from "./AuditEvent.ts"
import { audit } from "./audit.ts"
import { Origin } from "./Origin.ts"

const kind = "access_denied"

/** The last event that the limits of the user and the client allow says for how long no other follows. */
export const auditDenied = Effect.fn("auditDenied")(
  function* ({ userId }: Principal, subject: Subject) {
    const limiter = yield* RateLimiter
    const { client } = yield* Origin
    const quotas = [yield* limiter.take("deniedUser", userId)]
    if (Option.isSome(client)) quotas.push(yield* limiter.take("deniedClient", client.value))
    const used = quotas.filter(({ remaining }) => remaining === 0)
    const silentSeconds = Math.max(...used.map(({ resetSeconds }) => resetSeconds))
    yield* audit({ kind, subject, details: used.length === 0 ? {} : { silentSeconds } })
  },
  Effect.catchTag("RateLimited", () => countSuppressedEvent(kind))
)
