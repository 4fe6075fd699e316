// The audit event of a change of an order.
import { Option } from "effect"
import type { AuditKind } from "../../audit/AuditEvent.ts"
import type { Entry } from "../../audit/audit.ts"
import type { Order } from "../model/Order.ts"
import type { ChangeOutcome } from "../ports/OrderStore.ts"

const stateOf = ({ status, confirmation: { state: mail } }: Order) => ({ status, mail })

/** None: nothing was changed. */
export const changeEntry = (
  kind: AuditKind,
  outcome: Option.Option<ChangeOutcome>,
  reason?: string
): Option.Option<Entry> =>
  Option.map(
    Option.filter(outcome, ({ moved }) => moved),
    ({ order, before }) => ({
      kind,
      subject: { orderId: order.id, userId: order.userId },
      details: {
        before: stateOf(before),
        after: stateOf(order),
        ...(reason === undefined ? {} : { reason })
      }
    })
  )
