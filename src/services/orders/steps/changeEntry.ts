// What the audit log says about a change of an order.
import { Option } from "effect"
import type { AuditKind } from "../../audit/AuditEvent.ts"
import type { Entry } from "../../audit/audit.ts"
import type { ChangeOutcome } from "../ports/OrderStore.ts"

/** Undefined: nothing was changed. */
export const changeEntry = (
  kind: AuditKind,
  outcome: Option.Option<ChangeOutcome>
): Entry | undefined => {
  if (Option.isNone(outcome) || !outcome.value.moved) return undefined
  const { id: orderId, userId } = outcome.value.order
  return { kind, subject: { orderId, userId } }
}
