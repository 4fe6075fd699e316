// Use case of operators: everything that is stored about one order, with its user and its audit events.
import { Effect, Option } from "effect"
import { AccountStore } from "../accounts/ports/AccountStore.ts"
import { AuditLog } from "../audit/AuditLog.ts"
import type { OrderId } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { spanOf } from "../traceparent.ts"
import { OrderNotFound } from "./model/errors.ts"
import { OrderSearch } from "./ports/OrderSearch.ts"
import { recordRead } from "./steps/recordRead.ts"

/** More than an order has events: what its owner does is in its timeline. */
const maxEvents = 100

export const showOrder = Effect.fn("showOrder")(function* (principal: Principal, id: OrderId) {
  const found = yield* OrderSearch.use((search) => search.find(id))
  if (Option.isNone(found)) return yield* new OrderNotFound({ id })
  const { order, work, claim, mailRequest, needsAttention } = found.value
  yield* recordRead(principal, order)
  const { account, events } = yield* Effect.all(
    {
      account: AccountStore.use((store) => store.findById(order.userId)),
      events: AuditLog.use((log) => log.ofOrder(id, maxEvents))
    },
    { concurrency: "unbounded" }
  )
  return {
    order,
    customer: account,
    needsAttention,
    work,
    mail: { state: order.confirmation.state, requests: mailRequest, claim },
    traceId: Option.flatMap(work, ({ traceparent = "" }) => spanOf(traceparent)).pipe(
      Option.map((span) => span.traceId)
    ),
    events
  }
})
