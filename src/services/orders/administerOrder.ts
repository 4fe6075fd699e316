// Use cases of administrators, and the last one of support too: fulfil an order, fail it, or have its mail sent again.
// The change is in the cache before they return. A reason goes into the audit event.
import { Effect, Option } from "effect"
import type { AuditKind } from "../audit/AuditEvent.ts"
import { audited } from "../audit/audit.ts"
import type { OrderId } from "../ids.ts"
import { now } from "../time.ts"
import { OrderNotAllowed, OrderNotFound } from "./model/errors.ts"
import { type ChangeOutcome, OrderStore, type OrderStoreError } from "./ports/OrderStore.ts"
import { cacheOrders } from "./steps/cacheOrders.ts"
import { changeEntry } from "./steps/changeEntry.ts"

/** The changed order, in the cache; fails for an unknown order and for one whose state does not allow the change. */
const decide = Effect.fnUntraced(function* <R>(
  id: OrderId,
  kind: AuditKind,
  change: Effect.Effect<Option.Option<ChangeOutcome>, OrderStoreError, R>,
  reason?: string
) {
  const outcome = yield* audited(change, (result) => changeEntry(kind, result, reason))
  if (Option.isNone(outcome)) return yield* new OrderNotFound({ id })
  const { order, moved } = outcome.value
  if (!moved)
    return yield* new OrderNotAllowed({
      id,
      status: order.status,
      confirmation: order.confirmation.state,
      notice: order.notice?.state
    })
  yield* cacheOrders([order])
  return order
})

/** A confirmed order whose confirmation is sent (or undeliverable) has reached its buyer, who gets a mail. */
export const fulfilOrder = Effect.fn("fulfilOrder")(function* (id: OrderId, reason?: string) {
  const store = yield* OrderStore
  return yield* decide(id, "order_fulfilled", store.change(id, "fulfil", yield* now), reason)
})

/** Marks a pending order as failed; its stock is returned when this succeeds, and its buyer gets a mail. */
export const failOrder = Effect.fn("failOrder")(function* (id: OrderId, reason: string) {
  const store = yield* OrderStore
  return yield* decide(id, "order_failed", store.change(id, "fail", yield* now, reason), reason)
})

/** Has the mail about an order's status sent again, or now if it waits: a worker finds it within seconds. */
export const resendConfirmation = Effect.fn("resendConfirmation")(function* (
  id: OrderId,
  reason?: string
) {
  const store = yield* OrderStore
  return yield* decide(id, "confirmation_resent", store.requestMail(id, yield* now), reason)
})
