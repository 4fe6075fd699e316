// `orders show|cancel|fulfil|fail|resend` of the command line: the use cases of administrators.
import { Data, Effect, Schema } from "effect"
import { Reason } from "../../api/contract/fields.ts"
import { OrderId, SessionId, UserId } from "../../services/ids.ts"
import {
  failOrder,
  fulfilOrder,
  resendConfirmation
} from "../../services/orders/administerOrder.ts"
import { cancelOrder } from "../../services/orders/cancelOrder.ts"
import { getOrder } from "../../services/orders/getOrder.ts"
import { Order } from "../../services/orders/model/Order.ts"
import { OrderCache, timeToLiveSeconds } from "../../services/orders/ports/OrderCache.ts"
import type { Principal } from "../../services/Principal.ts"
import { formatMoney } from "../../services/products/model/money.ts"
import { idPattern } from "../../services/runtime/IdGenerator.ts"
import { answer, confirm } from "./Manner.ts"
import { Terminal } from "./Terminal.ts"
import { alignColumns } from "./table.ts"

/** An argument of another form than the command needs. */
export class InvalidArgument extends Data.TaggedError("InvalidArgument")<{
  readonly message: string
}> {}

/** Sees and changes every order. No account has this id; audit events name the command line by their origin. */
const operator: Principal = {
  userId: UserId.make("cli"),
  sessionId: SessionId.make("cli"),
  role: "admin"
}

const orderId = (text: string) =>
  idPattern.test(text)
    ? Effect.succeed(OrderId.make(text))
    : new InvalidArgument({
        message: `"${text}" is no id of an order, which has 32 digits from 0 to f in lower case.`
      })

/** As the API takes it. */
const reasonFrom = (text: string) => {
  const read = Reason.safeParse(text)
  return read.success
    ? Effect.succeed(read.data)
    : new InvalidArgument({
        message: `The reason does not fit: ${read.error.issues.map(({ message }) => message).join("; ")}.`
      })
}

const lifeMinutes = timeToLiveSeconds.settled / 60

/** Says it where a change is not in the cache: the change itself stands. */
const tellingOfCache = <A, E, R>(
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | OrderCache> =>
  Effect.gen(function* () {
    const cache = yield* OrderCache
    const { tell } = yield* Terminal
    let isBehind = false
    const watched = OrderCache.of({
      ...cache,
      put: (orders) =>
        Effect.tapError(cache.put(orders), () =>
          Effect.sync(() => {
            isBehind = true
          })
        )
    })
    const result = yield* Effect.provideService(work, OrderCache, watched)
    if (isBehind)
      yield* tell(
        `The order is changed, but Redis did not take it: who reads it from the cache may see it as it was, for ${lifeMinutes} minutes at most.`
      )
    return result
  })

const linesOf = (order: Order): ReadonlyArray<string> => [
  ...alignColumns([
    ["order", order.id],
    ["user", order.userId],
    ["status", order.status],
    ["mail", order.confirmation.state],
    ...(order.notice === undefined ? [] : [["notice", order.notice.state]]),
    ["total", formatMoney(order.total, order.currency)],
    ["version", String(order.version)]
  ]),
  "",
  ...alignColumns([
    ["SKU", "NAME", "QUANTITY", "UNIT PRICE"],
    ...order.items.map(({ sku, name, quantity, unitPrice }) => [
      sku,
      name,
      String(quantity),
      formatMoney(unitPrice, order.currency)
    ])
  ]),
  "",
  ...alignColumns([
    ["AT", "STATUS", "REASON"],
    ...order.timeline.map(({ at, status, reason = "" }) => [at.toISOString(), status, reason])
  ])
]

const decodeOrder = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(Order)))

export const show = Effect.fnUntraced(function* (text: string) {
  const { json } = yield* getOrder(operator, yield* orderId(text))
  const order = decodeOrder(json)
  yield* answer({ json: order, text: linesOf(order) })
})

const changed = (verb: string) => (order: Order) =>
  answer({ json: order, text: [`order ${order.id} ${verb}: it is ${order.status}`] })

export const cancel = Effect.fnUntraced(function* (text: string, words: ReadonlyArray<string>) {
  const id = yield* orderId(text)
  const reason = words.length === 0 ? undefined : yield* reasonFrom(words.join(" "))
  yield* confirm(`Cancel the order ${id}? Its stock comes back, and the order does not.`)
  yield* tellingOfCache(cancelOrder(operator, id, reason)).pipe(
    Effect.flatMap(changed("cancelled"))
  )
})

export const fulfil = Effect.fnUntraced(function* (text: string) {
  const id = yield* orderId(text)
  yield* tellingOfCache(fulfilOrder(id)).pipe(Effect.flatMap(changed("fulfilled")))
})

export const fail = Effect.fnUntraced(function* (text: string, words: ReadonlyArray<string>) {
  const id = yield* orderId(text)
  const reason = yield* reasonFrom(words.join(" "))
  yield* confirm(`Give up on the order ${id}? Its stock comes back, and the order does not.`)
  yield* tellingOfCache(failOrder(id, reason)).pipe(Effect.flatMap(changed("given up")))
})

export const resend = Effect.fnUntraced(function* (text: string) {
  const id = yield* orderId(text)
  yield* tellingOfCache(resendConfirmation(id)).pipe(
    Effect.flatMap(changed("is mailed again by a worker"))
  )
})
