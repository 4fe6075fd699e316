// Searches of orders in MongoDB. Each names its index: otherwise the server would choose among several, and cache a
// plan for other values.
import { Duration, Effect, Layer, Option } from "effect"
import type { mongo } from "mongoose"
import type { OrderId } from "../../services/ids.ts"
import {
  type ConfirmationState,
  confirmationStates,
  type OrderStatus,
  orderStatuses
} from "../../services/orders/model/OrderStatus.ts"
import {
  everyOrder,
  idRange,
  type OrderFilter,
  type SearchPath,
  searchPathOf
} from "../../services/orders/model/orderFilter.ts"
import { OrderSearch, OrderSearchError } from "../../services/orders/ports/OrderSearch.ts"
import { addSeconds } from "../../services/time.ts"
import { countKeys } from "./countKeys.ts"
import { decodeNullable } from "./document.ts"
import { defaultDeadline, MongoConnection, runFor } from "./MongoConnection.ts"
import {
  attentionIndex,
  flaggedIndex,
  numberIndex,
  type OrderDocument,
  orderModel,
  skuIndex,
  stateIndex,
  statusIndex,
  toOrderRecord,
  userIndex,
  workIndex
} from "./OrderModel.ts"
import { bucketsOf, byId, byNumber, idHint } from "./orderFilters.ts"

type Filter = mongo.Filter<OrderDocument>

const indexOf: { readonly [P in SearchPath]: (filter: OrderFilter) => mongo.Document } = {
  id: () => idHint,
  number: () => numberIndex,
  flagged: () => flaggedIndex,
  user: ({ status }) => (Option.isSome(status) ? statusIndex : userIndex),
  sku: () => skuIndex,
  state: () => stateIndex,
  newest: () => idHint
}

/** An unsettled order has one of these. */
const ofUnsettled: {
  readonly status: ReadonlyArray<OrderStatus>
  readonly mail: ReadonlyArray<ConfirmationState>
} = { status: ["pending", "confirmed"], mail: ["waiting", "sending"] }

/**
 * The orders with one of these values. An index whose first fields have few values each gives the orders of all of them
 * in the order of their ids: the server merges its parts, and looks at one more key for each.
 */
const oneOf = <A>(values: ReadonlyArray<A>, wanted: Option.Option<A>) => ({
  $in: values.filter((value) => Option.isNone(wanted) || value === wanted.value)
})

/** Every date: the index alone answers this, while `$exists` reads the documents. */
const anyTime = { $gte: new Date(0) } as const

/** What a condition asks for that the path does not answer for. */
const equal = (field: string, wanted: Option.Option<unknown>): Filter =>
  Option.isNone(wanted) ? {} : { [field]: wanted.value }

const stateOf = (filter: OrderFilter, path: SearchPath): Filter => {
  const flagged = filter.flagged ? { "needsAttention.at": { $exists: true } } : {}
  const notice = equal("notice.state", filter.notice)
  switch (path) {
    case "flagged":
    case "state":
      return {
        ...flagged,
        ...notice,
        status: oneOf(orderStatuses, filter.status),
        "confirmation.state": oneOf(confirmationStates, filter.mail)
      }
    default:
      return {
        ...flagged,
        ...notice,
        ...equal("status", filter.status),
        ...equal("confirmation.state", filter.mail)
      }
  }
}

const idsOf = (filter: OrderFilter, before: Option.Option<OrderId>): Filter => {
  const { first, end } = idRange(filter, before)
  const bounds = {
    ...(Option.isSome(filter.id) ? { $eq: filter.id.value } : {}),
    ...(Option.isSome(first) ? { $gte: first.value } : {}),
    ...(Option.isSome(end) ? { $lt: end.value } : {})
  }
  // The server takes any text for an id, which is a type of its own here.
  return Object.keys(bounds).length === 0 ? {} : { _id: bounds as mongo.Condition<OrderId> }
}

export const layer: Layer.Layer<OrderSearch, never, MongoConnection> = Layer.effect(
  OrderSearch,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const orders = orderModel(connection.mongoose).collection
    const run = runFor(connection, orders.collectionName, OrderSearchError)

    return OrderSearch.of({
      list: ({ filter, before, limit }) => {
        const path = searchPathOf(filter)
        const found = {
          ...(Option.isSome(filter.userId)
            ? { bucket: bucketsOf(filter.userId.value), userId: filter.userId.value }
            : {}),
          ...(Option.isSome(filter.number) ? byNumber(filter.number.value) : {}),
          ...equal("items.sku", filter.sku),
          ...stateOf(filter, path),
          ...idsOf(filter, before)
        }
        return run("list", "find", async () => {
          const documents = await orders
            .find(found, { hint: indexOf[path](filter) })
            .sort({ _id: -1 })
            .limit(limit)
            // A search that only a time range bounds may read much; it ends when the caller stops waiting.
            .maxTimeMS(Duration.toMillis(defaultDeadline))
            .toArray()
          return documents.map((document) => ({
            id: document._id,
            record: Option.liftThrowable(toOrderRecord)(document)
          }))
        })
      },

      find: (id) =>
        run("find", "findOne", () => orders.findOne(byId(id), { hint: idHint })).pipe(
          Effect.map(decodeNullable(toOrderRecord))
        ),

      countPlaced: (from, to, limit) => {
        const range = { ...everyOrder, from: Option.some(from), to: Option.some(to) }
        return run("countPlaced", "count", () =>
          countKeys(orders, idsOf(range, Option.none()), { limit, hint: idHint })
        )
      },

      count: (at, limit) =>
        run("count", "count", async () => {
          const count = (filter: Filter, hint: mongo.Document, most = limit) =>
            countKeys(orders, filter, { limit: most, hint })
          const since = (seconds: number, most: number) => {
            const from = Option.some(addSeconds(at, -seconds))
            return count(idsOf({ ...everyOrder, from }, Option.none()), idHint, most)
          }
          const withStatus = (status: OrderStatus) => count({ status }, stateIndex)
          const unsettled = (status: OrderStatus) =>
            count({ status, "work.dueAt": anyTime }, workIndex)
          const [
            total,
            pending,
            confirmed,
            fulfilled,
            cancelled,
            failed,
            lastMinute,
            lastHour,
            unsettledPending,
            unsettledConfirmed,
            flagged,
            oldest
          ] = await Promise.all([
            orders.estimatedDocumentCount(),
            withStatus("pending"),
            withStatus("confirmed"),
            withStatus("fulfilled"),
            withStatus("cancelled"),
            withStatus("failed"),
            since(60, limit),
            since(3600, 10 * limit),
            unsettled("pending"),
            unsettled("confirmed"),
            count({ "needsAttention.at": anyTime }, attentionIndex),
            orders.findOne(
              {
                status: { $in: ofUnsettled.status },
                "confirmation.state": { $in: ofUnsettled.mail }
              },
              { hint: stateIndex, sort: { _id: 1 }, projection: { createdAt: 1 } }
            )
          ])
          return {
            total,
            byStatus: { pending, confirmed, fulfilled, cancelled, failed },
            lastMinute,
            lastHour,
            unsettled: Math.min(unsettledPending + unsettledConfirmed, limit),
            oldestUnsettled: Option.map(Option.fromNullOr(oldest), ({ createdAt }) => createdAt),
            flagged
          }
        })
    })
  })
)
