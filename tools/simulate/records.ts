// What a single write of an order may be, checked against what was stored before.
import { Option } from "effect"
import type { Order, OrderRecord } from "../../src/services/orders/model/Order.ts"
import {
  isSettled,
  type OrderStatus,
  transitions
} from "../../src/services/orders/model/OrderStatus.ts"

export interface Problem {
  readonly invariant: string
  readonly detail: string
}

const isStep = (from: OrderStatus, to: OrderStatus): boolean =>
  from === to || Object.values(transitions).some((t) => t.to === to && t.from.includes(from))

const problemOfStep = (
  { order: before, mailRequest: asked }: OrderRecord,
  { order: after, mailRequest }: OrderRecord
): Problem | undefined => {
  if (after === before) return undefined
  if (after.version !== before.version + 1)
    return { invariant: "versions grow", detail: `${before.version} → ${after.version}` }
  if (!isStep(before.status, after.status))
    return { invariant: "state machine", detail: `${before.status} → ${after.status}` }
  const [was, is] = [before.confirmation.state, after.confirmation.state]
  return was === "sent" && is !== "sent" && mailRequest === asked
    ? { invariant: "state machine", detail: `mail ${was} → ${is}` }
    : undefined
}

const problemOfInsert = ({ status, version }: Order): Problem | undefined =>
  status === "pending" && version === 1
    ? undefined
    : { invariant: "state machine", detail: `begins ${status} at version ${version}` }

/** `defects`: whether any were injected. Outages count towards nothing. */
export const problemOfWrite = (
  before: OrderRecord | undefined,
  after: OrderRecord,
  { defects }: { readonly defects: boolean }
): Problem | undefined => {
  const { order, work, needsAttention } = after
  const settled = isSettled(order.status, order.confirmation.state)
  if (settled === Option.isSome(work))
    return {
      invariant: "unsettled means work",
      detail: settled ? "is settled with work" : "is unsettled without work"
    }
  if (
    !defects &&
    (Option.isSome(needsAttention) || Option.exists(work, ({ failures = 0 }) => failures > 0))
  )
    return { invariant: "outages count towards nothing", detail: "counts a failure" }
  return before === undefined ? problemOfInsert(order) : problemOfStep(before, after)
}
