// The people: buyers who try again under their keys until they know, and cancel; readers who look again
// and again and must never see an older state.
import { Effect, Option } from "effect"
import { type OrderId, SessionId, UserId } from "../../src/services/ids.ts"
import { sendUrgently } from "../../src/services/messaging/sendUrgently.ts"
import {
  failOrder,
  fulfilOrder,
  resendConfirmation
} from "../../src/services/orders/administerOrder.ts"
import { cancelOrder } from "../../src/services/orders/cancelOrder.ts"
import { getOrder } from "../../src/services/orders/getOrder.ts"
import type { Order } from "../../src/services/orders/model/Order.ts"
import { type ChangeCommand, hasWork } from "../../src/services/orders/model/OrderStatus.ts"
import { placeOrder } from "../../src/services/orders/placeOrder.ts"
import type { Principal } from "../../src/services/Principal.ts"
import type { SeededRandom } from "../harness/random.ts"
import type { Ledger } from "./ledger.ts"
import { type Purchase, users } from "./plan.ts"
import { ConnectionLost } from "./SimProcess.ts"
import type { Api, ApiServices } from "./system.ts"
import type { Trace } from "./trace.ts"

/** As the API's deadline. */
const deadlineMillis = 9500
/** Longer than any answer takes. */
export const patientMillis = 12_000

export const principalOf = (user: number): Principal => ({
  userId: UserId.make(users[user] ?? "unknown"),
  sessionId: SessionId.make("session"),
  role: "user"
})

/** An operator gives up then. */
const mostTries = 60

class TimedOut {
  readonly _tag = "TimedOut"
}

export interface ClientContext {
  readonly random: SeededRandom
  readonly ledger: Ledger
  readonly trace: Trace
  /** An API that answers now, if any. */
  readonly api: () => Api | undefined
}

/** One HTTP request: to any API that is up, the API's deadline, a client that may hang up. */
const send = <A, E>(
  { api }: ClientContext,
  work: Effect.Effect<A, E, ApiServices>,
  patience: number
) =>
  Effect.suspend((): Effect.Effect<A, E | ConnectionLost | TimedOut> => {
    const to = api()
    if (to === undefined) return Effect.fail(new ConnectionLost())
    return to.request(work.pipe(timed(deadlineMillis))).pipe(timed(patience))
  })

const timed =
  (millis: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | TimedOut, R> =>
    Effect.timeoutOrElse(effect, {
      duration: millis,
      orElse: () => Effect.fail(new TimedOut())
    })

/** The answer: a defect is a 500 to the client. */
const outcomeOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.result(Effect.catchDefect(effect, () => Effect.fail({ _tag: "Internal" } as const)))

const isRetryable = (tag: string): boolean =>
  tag === "OrderStoreError" ||
  tag === "Overloaded" ||
  tag === "ConnectionLost" ||
  tag === "TimedOut" ||
  tag === "RateLimited" ||
  tag === "Internal"

/** Whether the answer to a request of a buyer leaves open what became of it. */
const isOpen = (tag: string, key: string | null): boolean => key !== null && isRetryable(tag)

/** Places an order, again under its key until it is known what became of it. */
export const buy = Effect.fnUntraced(function* (
  context: ClientContext,
  { user, lines, key, patience }: Purchase,
  known: (order: Order) => void
) {
  const { random, ledger, trace } = context
  const principal = principalOf(user)
  const actor = principal.userId
  const place = placeOrder(principal, { lines, idempotencyKey: Option.fromNullOr(key) })

  const refused = (tag: string): void => {
    ledger.count(`answers ${tag}`)
    trace.add(actor, `${key ?? "no key"}: ${tag}`)
    if (tag === "IdempotencyMismatch" || tag === "UnknownSku")
      ledger.violate("requests are understood", `${actor} got ${tag} for ${key}`)
  }

  let result = yield* outcomeOf(send(context, place, patience))
  while (result._tag === "Failure") {
    const { _tag } = result.failure
    refused(_tag)
    if (!isOpen(_tag, key)) return undefined
    yield* Effect.sleep(random.int(100, 5000))
    result = yield* outcomeOf(send(context, place, patientMillis))
  }
  const { order, replayed } = result.success
  trace.add(actor, `has ${ledger.name(order.id)}${replayed ? " (replayed)" : ""}`)
  ledger.answered(actor, key, order.id)
  known(order)
  return order
})

/** Cancels, again until an answer; and once more, which must change nothing. */
export const cancel = Effect.fnUntraced(function* (
  context: ClientContext,
  user: number,
  orderId: OrderId
) {
  const { random, ledger, trace } = context
  const principal = principalOf(user)
  const actor = principal.userId
  for (let successes = 0; successes < 2; ) {
    const result = yield* outcomeOf(send(context, cancelOrder(principal, orderId), patientMillis))
    const answer = result._tag === "Success" ? result.success.status : result.failure._tag
    trace.add(actor, `cancels ${ledger.name(orderId)}: ${answer}`)
    if (result._tag === "Success") {
      ledger.count("cancelled")
      successes += 1
      if (successes === 2)
        ledger.violate("cancelled once", `${ledger.name(orderId)} was cancelled twice`)
    } else if (!isRetryable(result.failure._tag)) return
    yield* Effect.sleep(random.int(100, 5000))
  }
})

/** Has the mail of an order sent once more, so many times, in any state of the one before. */
export const askAgain = Effect.fnUntraced(function* (
  context: ClientContext,
  orderId: OrderId,
  times: number
) {
  const { random, ledger, trace } = context
  for (let asked = 0, tries = 0; asked < times && tries < mostTries; tries++) {
    yield* Effect.sleep(random.int(0, random.pick([100, 2000])))
    const result = yield* outcomeOf(send(context, resendConfirmation(orderId), patientMillis))
    const answer = result._tag === "Success" ? "done" : result.failure._tag
    trace.add("operator", `asks for the mail of ${ledger.name(orderId)} again: ${answer}`)
    if (result._tag === "Success") asked += 1
  }
})

const staff: Principal = {
  userId: UserId.make("staff"),
  sessionId: SessionId.make("session"),
  role: "admin"
}

const decisions: {
  readonly [C in ChangeCommand]: (
    orderId: OrderId
  ) => Effect.Effect<Order, { readonly _tag: string }, ApiServices>
} = {
  fulfil: (orderId) => fulfilOrder(orderId),
  cancel: (orderId) => cancelOrder(staff, orderId, "a wrong price"),
  fail: (orderId) => failOrder(orderId, "it cannot be made")
}

/** Fulfils, cancels or fails an order, again until an answer; to fulfil it waits for the confirmation. */
export const decide = Effect.fnUntraced(function* (
  context: ClientContext,
  orderId: OrderId,
  command: ChangeCommand
) {
  const { random, ledger, trace } = context
  for (let tries = 0; tries < mostTries; tries++) {
    const result = yield* outcomeOf(send(context, decisions[command](orderId), patientMillis))
    const answer = result._tag === "Success" ? result.success.status : result.failure._tag
    trace.add("staff", `decides to ${command} ${ledger.name(orderId)}: ${answer}`)
    if (result._tag === "Success") return
    const mayComeYet = command === "fulfil" && answer === "OrderNotAllowed"
    if (!mayComeYet && !isRetryable(answer)) return
    yield* Effect.sleep(random.int(100, 5000))
  }
})

/** Asks for a code by mail, once. */
export const askForCode = Effect.fnUntraced(function* (context: ClientContext, user: number) {
  const { ledger, trace } = context
  const actor = principalOf(user).userId
  const mail = { to: `${actor}@example.com`, subject: "Your code", text: "123456", html: "123456" }
  const result = yield* outcomeOf(send(context, sendUrgently(mail), patientMillis))
  trace.add(actor, `code: ${result._tag === "Success" ? "sent" : result.failure._tag}`)
  if (result._tag === "Success") ledger.count("codes sent")
})

/** Reads an order once. */
export const look = Effect.fnUntraced(function* (
  context: ClientContext,
  reader: string,
  user: number,
  orderId: OrderId
) {
  const reading = yield* outcomeOf(
    send(context, getOrder(principalOf(user), orderId), patientMillis)
  )
  if (reading._tag === "Failure") return undefined
  const { json, version } = reading.success
  context.trace.add(reader, `reads ${context.ledger.name(orderId)} at ${version}`)
  context.ledger.read(reader, orderId, version, !hasWork(JSON.parse(json) as Order))
  return version
})
