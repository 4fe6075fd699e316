// Records that support or an administrator reads another user's order: once in a period for each reader and order, so
// that an open page that polls does not push out other events. The first read is always recorded.
import { Effect } from "effect"
import { auditBounded } from "../../audit/auditBounded.ts"
import type { OrderId, UserId } from "../../ids.ts"
import type { Principal } from "../../Principal.ts"

/** An owner's own read is not an event, and costs nothing. */
export const recordRead = (
  reader: Principal,
  { id, userId }: { readonly id: OrderId; readonly userId: UserId }
) =>
  reader.userId === userId
    ? Effect.void
    : auditBounded([["orderReading", `${reader.userId}:${id}`]], {
        kind: "order_read",
        subject: { orderId: id, userId }
      })
