// Records that an administrator reads somebody else's order: once in a while for each administrator and order,
// so that a page that is open and asks again does not push out other events. A first read is always recorded.
import { Effect } from "effect"
import { audit } from "../../audit/audit.ts"
import type { OrderId, UserId } from "../../ids.ts"
import type { Principal } from "../../Principal.ts"
import { RateLimiter } from "../../runtime/RateLimiter.ts"

/** Owners read their own: that is no event, and costs nothing. */
export const recordRead = Effect.fnUntraced(
  function* (reader: Principal, { id, userId }: { readonly id: OrderId; readonly userId: UserId }) {
    if (reader.userId === userId) return
    const limiter = yield* RateLimiter
    yield* limiter.take("orderReading", `${reader.userId}:${id}`)
    yield* audit({ kind: "order_read", subject: { orderId: id, userId } })
  },
  Effect.catchTag("RateLimited", () => Effect.void),
  // Counted is recorded: a client that hangs up in between would read on unseen.
  Effect.uninterruptible
)
