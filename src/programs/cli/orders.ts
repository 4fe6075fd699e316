// `orders list|show|cancel|fulfil|fail|resend` of the command line: the use cases of administrators.
import { Effect, Option, Schema } from "effect"
import { AdminOrdersQuery } from "../../api/contract/adminOrders.ts"
import { pageBody } from "../../api/contract/cursor.ts"
import { searchInputOf } from "../../api/searchInput.ts"
import { OrderId } from "../../services/ids.ts"
import {
  failOrder,
  fulfilOrder,
  resendConfirmation
} from "../../services/orders/administerOrder.ts"
import { cancelOrder } from "../../services/orders/cancelOrder.ts"
import { getOrder, getOrderByNumber } from "../../services/orders/getOrder.ts"
import { OrderNotFound } from "../../services/orders/model/errors.ts"
import { type Attention, Order, type OrderRecord } from "../../services/orders/model/Order.ts"
import { readOrderNumber, typedOrderNumber } from "../../services/orders/model/orderNumber.ts"
import { OrderCache, timeToLiveSeconds } from "../../services/orders/ports/OrderCache.ts"
import { OrderSearch } from "../../services/orders/ports/OrderSearch.ts"
import { OrderStore } from "../../services/orders/ports/OrderStore.ts"
import { searchOrders } from "../../services/orders/searchOrders.ts"
import { formatMoney } from "../../services/products/model/money.ts"
import { idPattern } from "../../services/runtime/IdGenerator.ts"
import { InvalidArgument, operator, queryFrom, reasonFrom, reasonOf } from "./arguments.ts"
import type { Settings } from "./Command.ts"
import { answer, confirm } from "./Manner.ts"
import { Terminal } from "./Terminal.ts"
import { alignColumns, moreLine } from "./table.ts"

const orderId = (text: string) =>
  idPattern.test(text)
    ? Effect.succeed(OrderId.make(text))
    : new InvalidArgument({
        message: `"${text}" is no id of an order, which has 32 digits from 0 to f in lower case.`
      })

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

const linesOf = (order: Order, attention: Option.Option<Attention>): ReadonlyArray<string> => [
  ...alignColumns([
    ["order", order.id],
    ["number", order.number],
    ["user", order.userId],
    ["status", order.status],
    ["mail", order.confirmation.state],
    ...(order.notice === undefined ? [] : [["notice", order.notice.state]]),
    ["total", formatMoney(order.total, order.currency)],
    ["version", String(order.version)],
    ...Option.match(attention, {
      onNone: () => [],
      onSome: ({ at, reason }) => [["attention", `since ${at.toISOString()}: ${reason}`]]
    })
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

const rowOf = ({ order, needsAttention }: OrderRecord) => [
  order.number,
  order.id,
  order.createdAt.toISOString(),
  order.status,
  order.confirmation.state,
  formatMoney(order.total, order.currency),
  Option.match(needsAttention, { onNone: () => "", onSome: ({ reason }) => reason })
]

const head = ["NUMBER", "ID", "PLACED", "STATUS", "MAIL", "TOTAL", "NEEDS ATTENTION"]

/** What the API answers to the same query. `flagged`: only those that an operator should look at. */
export const list = Effect.fnUntraced(function* (given: Settings, flagged: boolean) {
  const query = yield* queryFrom(AdminOrdersQuery, {
    ...given,
    ...(flagged ? { attention: "true" } : {})
  })
  const page = yield* searchOrders({ ...searchInputOf(query), limit: query.limit })
  const records = page.items.flatMap(({ record }) => Option.toArray(record))
  const unreadable = page.items.filter(({ record }) => Option.isNone(record)).map(({ id }) => id)
  const items = records.map(({ order, needsAttention }) => ({
    ...order,
    needsAttention: Option.getOrNull(needsAttention)
  }))
  const body = { ...pageBody({ items, next: page.next }), unreadable }
  yield* answer({
    json: body,
    text: [
      ...(records.length > 0 ? alignColumns([head, ...records.map(rowOf)]) : []),
      ...unreadable.map((id) => `${id} is damaged in the database, and can't be read`),
      moreLine(`${records.length} orders`, body.nextCursor)
    ]
  })
})

/** The id of the order that an id names, or a number as people type it. */
const idOf = Effect.fnUntraced(function* (text: string) {
  if (!typedOrderNumber.test(text)) return yield* orderId(text)
  const number = readOrderNumber(text)
  const found = yield* OrderStore.use((store) => store.findByNumber(number))
  return Option.isSome(found) ? found.value.id : yield* new OrderNotFound({ id: number })
})

/** By its id, or its number as people type it. */
const read = (text: string) =>
  typedOrderNumber.test(text)
    ? getOrderByNumber(operator, readOrderNumber(text))
    : Effect.flatMap(orderId(text), (id) => getOrder(operator, id))

export const show = Effect.fnUntraced(function* (text: string) {
  const { json } = yield* read(text)
  const order = decodeOrder(json)
  const record = yield* OrderSearch.use((search) => search.find(order.id))
  const attention = Option.flatMap(record, ({ needsAttention }) => needsAttention)
  yield* answer({
    json: { ...order, needsAttention: Option.getOrNull(attention) },
    text: linesOf(order, attention)
  })
})

const changed = (verb: string) => (order: Order) =>
  answer({ json: order, text: [`order ${order.id} ${verb}: it is ${order.status}`] })

export const cancel = Effect.fnUntraced(function* (text: string, words: ReadonlyArray<string>) {
  const id = yield* idOf(text)
  const reason = yield* reasonOf(words)
  yield* confirm(`Cancel the order ${id}? Its stock comes back, and the order does not.`)
  yield* tellingOfCache(cancelOrder(operator, id, reason)).pipe(
    Effect.flatMap(changed("cancelled"))
  )
})

export const fulfil = Effect.fnUntraced(function* (text: string, words: ReadonlyArray<string>) {
  const id = yield* idOf(text)
  const reason = yield* reasonOf(words)
  yield* tellingOfCache(fulfilOrder(id, reason)).pipe(Effect.flatMap(changed("fulfilled")))
})

export const fail = Effect.fnUntraced(function* (text: string, words: ReadonlyArray<string>) {
  const id = yield* idOf(text)
  const reason = yield* reasonFrom(words.join(" "))
  yield* confirm(`Give up on the order ${id}? Its stock comes back, and the order does not.`)
  yield* tellingOfCache(failOrder(id, reason)).pipe(Effect.flatMap(changed("given up")))
})

export const resend = Effect.fnUntraced(function* (text: string, words: ReadonlyArray<string>) {
  const id = yield* idOf(text)
  const reason = yield* reasonOf(words)
  yield* tellingOfCache(resendConfirmation(id, reason)).pipe(
    Effect.flatMap(changed("is mailed again by a worker"))
  )
})
