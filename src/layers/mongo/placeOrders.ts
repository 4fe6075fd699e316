// Places a batch of orders in one transaction: reads what they need, decides in memory, inserts the
// orders, and takes their stock last, so that the SKUs are contended for as short as can be.
import { Effect } from "effect"
import type { Connection, mongo } from "mongoose"
import {
  type Allocation,
  allocate,
  type OrderDraft,
  type OrderLine,
  type Placement
} from "../../services/orders/allocate.ts"
import type { OrderRecord } from "../../services/orders/Order.ts"
import type { Unplaceable } from "../../services/orders/OrderStore.ts"
import type { MongoUnavailable } from "./MongoConnection.ts"
import { fromDocument, orderCollection, requestIndex, toDocument } from "./OrderModel.ts"
import { forSale, productCollection, toProduct } from "./ProductModel.ts"
import { type CommitUnknown, conflict, type Transact, type TransactionWork } from "./transaction.ts"

type Outcome = Placement | Unplaceable

/** The orders that carry one of the drafts' ids or (user, idempotency key) pairs. */
const findKnown = async (
  connection: Connection,
  drafts: ReadonlyArray<OrderDraft>,
  session: mongo.ClientSession
): Promise<ReadonlyArray<OrderRecord>> => {
  const orders = orderCollection(connection)
  const keysByUser = new Map<string, Array<string>>()
  for (const { userId, idempotencyKey } of drafts)
    if (idempotencyKey !== null)
      keysByUser.set(userId, [...(keysByUser.get(userId) ?? []), idempotencyKey])
  const byId = await orders
    .find({ _id: { $in: drafts.map(({ id }) => id) } }, { session })
    .toArray()
  if (keysByUser.size === 0) return byId.map(fromDocument)
  const pairs = Array.from(keysByUser, ([userId, keys]) => ({
    userId,
    idempotencyKey: { $in: keys }
  }))
  // Without the hint the server weighs all indexes on `userId` for every user: 10 ms for 64 of them.
  const byKey = await orders.find({ $or: pairs }, { session, hint: requestIndex }).toArray()
  return [...byId, ...byKey].map(fromDocument)
}

/** Moves the stock of products in one command, in the order given; each guarded against going below 0. */
export const moveStock = async (
  connection: Connection,
  lines: ReadonlyArray<OrderLine>,
  direction: "take" | "return",
  session: mongo.ClientSession
): Promise<void> => {
  if (lines.length === 0) return
  const sign = direction === "take" ? -1 : 1
  const { matchedCount } = await productCollection(connection).bulkWrite(
    lines.map(({ sku, quantity }) => ({
      updateOne: {
        filter: { _id: sku, available: { $gte: -sign * quantity } },
        update: { $inc: { available: sign * quantity } }
      }
    })),
    { session, ordered: true }
  )
  if (matchedCount < lines.length) throw conflict("the stock changed meanwhile")
}

const placeIn =
  (connection: Connection, drafts: ReadonlyArray<OrderDraft>): TransactionWork<Allocation> =>
  async (session, signal) => {
    const known = await findKnown(connection, drafts, session)
    const skus = Array.from(new Set(drafts.flatMap(({ lines }) => lines.map(({ sku }) => sku))))
    const products = await productCollection(connection)
      .find({ _id: { $in: skus }, ...forSale }, { session })
      .toArray()
    const allocation = allocate(drafts, known, products.map(toProduct))
    signal.throwIfAborted()
    if (allocation.inserts.length > 0)
      await orderCollection(connection).insertMany(allocation.inserts.map(toDocument), { session })
    await moveStock(connection, allocation.taken, "take", session)
    return allocation
  }

/**
 * One outcome per draft. An error that is no conflict and no outage is a draft's own (its product does
 * not decode, say): halving the batch leaves the culprit alone with it, and places the others.
 */
export const placeOrders = (
  connection: Connection,
  transact: Transact,
  drafts: ReadonlyArray<OrderDraft>
): Effect.Effect<ReadonlyArray<Outcome>, MongoUnavailable | CommitUnknown> =>
  // Repeatable: a run reads the drafts' ids first, and so finds what an earlier one committed. One that
  // is still to be committed conflicts with it over the same ids.
  transact(placeIn(connection, drafts), { repeatable: true }).pipe(
    Effect.map(({ placements }): ReadonlyArray<Outcome> => placements),
    Effect.catchDefect((defect) => {
      if (drafts.length <= 1) return Effect.succeed(drafts.map(() => unplaceable(defect)))
      const middle = Math.ceil(drafts.length / 2)
      const halves = [drafts.slice(0, middle), drafts.slice(middle)]
      return Effect.map(
        Effect.forEach(halves, (half) => placeOrders(connection, transact, half)),
        (outcomes) => outcomes.flat()
      )
    })
  )

const unplaceable = (defect: unknown): Unplaceable => ({ _tag: "Unplaceable", defect })
