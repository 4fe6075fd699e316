// Places a batch of orders in one transaction: reads products and earlier orders, decides in memory, inserts the
// orders, and takes their stock last, so that transactions contend for the SKUs as briefly as possible.
import { Effect, Option, Result } from "effect"
import type { Connection, mongo } from "mongoose"
import type { UserId } from "../../services/ids.ts"
import {
  type Allocation,
  allocate,
  type OrderDraft,
  type OrderLine,
  type Placement
} from "../../services/orders/model/allocate.ts"
import { bucketOf, numberOf } from "../../services/orders/model/orderNumber.ts"
import type { Unplaceable } from "../../services/orders/ports/OrderStore.ts"
import { isolate } from "../../services/runtime/isolate.ts"
import type { MongoUnavailable } from "./MongoConnection.ts"
import {
  numberIndex,
  type OrderDocument,
  orderModel,
  requestIndex,
  toOrderDocument,
  toOrderRecord
} from "./OrderModel.ts"
import { bucketsOf, byNumbers } from "./orderFilters.ts"
import { forSale, offerFields, productModel, toOffer } from "./ProductModel.ts"
import { type CommitUnknown, conflict, type Transact, type TransactionWork } from "./transaction.ts"

type Outcome = Placement | Unplaceable

/**
 * The orders that carry one of the drafts' (user, idempotency key) pairs. `everywhere`: also those that the version
 * before stored, which have no bucket.
 */
const findReplayed = async (
  connection: Connection,
  drafts: ReadonlyArray<OrderDraft>,
  session: mongo.ClientSession,
  { everywhere }: { readonly everywhere: boolean }
): Promise<ReadonlyArray<OrderDocument>> => {
  const keysByUser = new Map<UserId, Array<string>>()
  for (const { userId, idempotencyKey } of drafts)
    if (Option.isSome(idempotencyKey))
      keysByUser.set(userId, [...(keysByUser.get(userId) ?? []), idempotencyKey.value])
  if (keysByUser.size === 0) return []
  const pairs = Array.from(keysByUser, ([userId, keys]) => ({
    bucket: everywhere ? bucketsOf(userId) : bucketOf(userId),
    userId,
    idempotencyKey: { $in: keys }
  }))
  // Without the hint the server weighs all indexes on `userId` for every user: 10 ms for 64 of them.
  return orderModel(connection)
    .collection.find({ $or: pairs }, { session, hint: requestIndex })
    .toArray()
}

/** The orders that carry the drafts' numbers: what an earlier run of the batch has stored, and what is in its way. */
const findNumbered = (
  connection: Connection,
  drafts: ReadonlyArray<OrderDraft>,
  session: mongo.ClientSession
): Promise<ReadonlyArray<OrderDocument>> =>
  orderModel(connection)
    .collection.find(byNumbers(drafts.map(({ id, userId }) => numberOf(id, userId))), {
      session,
      hint: numberIndex
    })
    .toArray()

/** Moves the stock of products in one command, in the order given; each guarded against going below 0. */
export const moveStock = async (
  connection: Connection,
  lines: ReadonlyArray<OrderLine>,
  direction: "take" | "return",
  session: mongo.ClientSession
): Promise<void> => {
  if (lines.length === 0) return
  const sign = direction === "take" ? -1 : 1
  const { matchedCount } = await productModel(connection).collection.bulkWrite(
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

const isRefused = ({ _tag }: Placement): boolean => _tag !== "Placed" && _tag !== "Replayed"

const placeIn =
  (connection: Connection, drafts: ReadonlyArray<OrderDraft>): TransactionWork<Allocation> =>
  async ({ session, signal, again }) => {
    // Nearly always ids and numbers are new, and all orders have a bucket, so a first run asks for the rest only before
    // it refuses a draft, which may have been placed before. Where it inserts one that was, or whose number is taken,
    // it fails over a unique index and runs again.
    const find = async (thoroughly: boolean) => [
      ...(thoroughly ? await findNumbered(connection, drafts, session) : []),
      ...(await findReplayed(connection, drafts, session, { everywhere: thoroughly }))
    ]
    const known = await find(again)
    const skus = Array.from(new Set(drafts.flatMap(({ lines }) => lines.map(({ sku }) => sku))))
    // One that goes off sale after this read conflicts with the stock that is taken below, and the batch runs again.
    const products = await productModel(connection)
      .collection.find({ _id: { $in: skus }, ...forSale }, { ...offerFields, session })
      .toArray()
    const allocateBeside = (documents: ReadonlyArray<OrderDocument>) =>
      allocate(drafts, documents.map(toOrderRecord), products.map(toOffer))
    let allocation = allocateBeside(known)
    if (!again && allocation.placements.some(isRefused))
      allocation = allocateBeside(await find(true))
    signal.throwIfAborted()
    if (allocation.inserts.length > 0)
      await orderModel(connection).collection.insertMany(allocation.inserts.map(toOrderDocument), {
        session
      })
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
  // Repeatable: a further run reads the drafts' numbers first, and so finds by their ids what an earlier one committed.
  // One that is still to be committed conflicts with it over the same ids.
  isolate(drafts, (part) => transact(placeIn(connection, part), { repeatable: true })).pipe(
    Effect.map((parts) =>
      parts.flatMap(
        Result.match({
          onSuccess: ({ placements }): ReadonlyArray<Outcome> => placements,
          onFailure: ({ defect }) => [{ _tag: "Unplaceable", defect }]
        })
      )
    )
  )
