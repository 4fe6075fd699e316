// What has to be true when nothing more is going to happen.
import { Effect, Option } from "effect"
import { OrderId } from "../../src/services/ids.ts"
import { mailOf } from "../../src/services/orders/model/changes.ts"
import type { Order } from "../../src/services/orders/model/Order.ts"
import { isMailed } from "../../src/services/orders/model/OrderStatus.ts"
import { orderOfBody } from "./mails.ts"
import { hasDefects, type Plan } from "./plan.ts"
import type { System } from "./system.ts"

const isMailable = (userId: string): boolean => userId !== "gone" && userId !== "refused"

/** What is wrong with the mail about an order's status, if anything. `mails`: of its last request. */
const problemOfMail = (order: Order, mails: number) => {
  const { status, userId } = order
  const { state } = mailOf(order)
  if (state === "sent" && mails === 0) return "counts as mailed and was not"
  if (isMailable(userId) && mails === 0) return `is ${status}/${state} without a mail`
  if (state === "undeliverable" && isMailable(userId)) return `of ${userId} counts as undeliverable`
  return undefined
}

const checkMails = ({ ledger, database }: System): void => {
  for (const { order, mailRequest } of database.orders.values()) {
    const { id, status, confirmation, notice } = order
    // Its reader would wait for ever: no mail is sent for an order that has no work.
    for (const state of [confirmation.state, notice?.state])
      if (state === "waiting" || state === "sending")
        ledger.violate("no mail is left open", `${ledger.name(id)} is ${status}/${state}`)
    if (!isMailed(status)) continue
    const mail = { orderId: id, kind: status, request: mailRequest }
    const problem = problemOfMail(order, ledger.mails.countOf(mail))
    if (problem !== undefined)
      ledger.violate("what becomes of an order is mailed", `${ledger.name(id)} ${problem}`)
  }
}

/** Only what cannot be processed ends there, and all of that does. */
const checkDeadLetters = Effect.fnUntraced(function* (
  { ledger, database, deadLetters }: System,
  plan: Plan
) {
  const { incidents } = plan
  const dead = yield* deadLetters
  for (const { body } of dead)
    if (!hasDefects(plan) && database.orders.has(OrderId.make(orderOfBody(body))))
      ledger.violate("dead letters are poison", body)
  const purged = incidents.some(({ _tag }) => _tag === "Purge")
  const poison = incidents.filter(({ _tag }) => _tag === "Poison" || _tag === "Stray").length
  if (!purged && new Set(dead.map(({ messageId }) => messageId)).size < poison)
    ledger.violate("poison is kept", `${poison} such messages, ${dead.length} dead letters`)
})

export const isSettledAll = ({ database, broker }: System): boolean => {
  if (broker.outstanding.size > 0) return false
  for (const { work } of database.orders.values()) if (Option.isSome(work)) return false
  return true
}

/** Names what has not settled in the time allowed. */
export const reportStuck = ({ ledger, database, broker }: System): void => {
  for (const { order, work, claim } of database.orders.values())
    if (Option.isSome(work))
      ledger.violate(
        "no order is stuck",
        `${ledger.name(order.id)} is ${order.status}/${mailOf(order).state} ${JSON.stringify({ work: work.value, claim: Option.getOrNull(claim) })}`
      )
  for (const { serial, orderId } of broker.outstanding.values())
    ledger.violate("the queue is empty in the end", `m${serial} of ${ledger.name(orderId)}`)
}

export const checkEnd = Effect.fnUntraced(function* (system: System, plan: Plan) {
  checkMails(system)
  yield* checkDeadLetters(system, plan)
  if (!isSettledAll(system)) reportStuck(system)
})
