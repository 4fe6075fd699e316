// What the audit log says about a change of an order.
import { Option } from "effect"
import type { AuditKind } from "../../audit/AuditEvent.ts"
import type { Entry } from "../../audit/audit.ts"
import type { ChangeOutcome } from "../ports/OrderStore.ts"

/** None: nothing was changed. */
export const changeEntry = (
  kind: AuditKind,
  outcome: Option.Option<ChangeOutcome>
): Option.Option<Entry> =>
  Option.map(
    Option.filter(outcome, ({ moved }) => moved),
    ({ order: { id: orderId, userId } }) => ({ kind, subject: { orderId, userId } })
  )
