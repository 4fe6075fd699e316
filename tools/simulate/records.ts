// What a single write of an order may be, checked against what was stored before.
import { Option } from "effect"
import type { Order, OrderRecord } from "../../src/services/orders/model/Order.ts"
import {
  hasWork,
  noticedStatuses,
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
  const moves = [
    [before.confirmation.state, after.confirmation.state],
    [before.notice?.state, after.notice?.state]
  ] as const
  for (const [was, is] of moves)
    if (was === "sent" && is !== "sent" && mailRequest === asked)
      return { invariant: "state machine", detail: `mail ${was} → ${is}` }
  const isOver = noticedStatuses.some((status) => status === after.status)
  return before.status !== after.status && isOver && after.notice?.state !== "waiting"
    ? { invariant: "a change makes its mail due", detail: `is ${after.status} without it` }
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
  if (hasWork(order) !== Option.isSome(work))
    return {
      invariant: "what is left to do means work",
      detail: Option.isSome(work) ? "has work, and nothing to do" : "has no work to do what is left"
    }
  if (
    !defects &&
    (Option.isSome(needsAttention) || Option.exists(work, ({ failures = 0 }) => failures > 0))
  )
    return { invariant: "outages count towards nothing", detail: "counts a failure" }
  return before === undefined ? problemOfInsert(order) : problemOfStep(before, after)
}
