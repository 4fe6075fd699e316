// Documents as the peers and the limits store them: what their owners see, by `_id`.
import type { Collection, Db, OptionalUnlessRequiredId } from "mongodb"
import { chunks } from "../harness/chunks.ts"
import type { DataSet, SeedOrder, SeedProduct, SeedUser } from "./contestant.ts"
import type { Line } from "./lines.ts"

export interface ProductDocument extends Omit<SeedProduct, "sku"> {
  readonly _id: string
}

export interface UserDocument extends Omit<SeedUser, "id"> {
  readonly _id: string
}

export interface OrderDocument extends Omit<SeedOrder, "id"> {
  readonly _id: string
}

export const collectionsOf = (db: Db) => ({
  products: db.collection<ProductDocument>("products"),
  users: db.collection<UserDocument>("users"),
  orders: db.collection<OrderDocument>("orders")
})

export const toOrder = ({ _id, ...order }: OrderDocument): SeedOrder => ({ id: _id, ...order })

/** Guarded: a product that has less than its line asks for is not matched. In SKU order: so no two deadlock. */
export const takeStock = (lines: ReadonlyArray<Line>) =>
  lines
    .toSorted((a, b) => (a.sku < b.sku ? -1 : 1))
    .map(({ sku, quantity }) => ({
      updateOne: {
        filter: { _id: sku, available: { $gte: quantity } },
        update: { $inc: { available: -quantity } }
      }
    }))

/** An order that was just placed. */
export const newOrder = (
  id: string,
  userId: string,
  items: SeedOrder["items"],
  currency: string
): OrderDocument => {
  const at = new Date()
  return {
    _id: id,
    userId,
    status: "pending",
    items,
    total: items.reduce((total, { quantity, unitPrice }) => total + quantity * unitPrice, 0),
    currency,
    createdAt: at,
    updatedAt: at,
    version: 1,
    timeline: [{ status: "pending", at }],
    confirmation: { state: "waiting" }
  }
}

/** How many documents a bulk write has: about 600 kB of orders. */
const batchSize = 1000
/** How many bulk writes are in flight: the server writes while this process encodes. */
const writesAtOnce = 3

/** Unordered bulk writes, and the indexes once they are in: a million orders are 17 s of CPU here. */
export const storeDocuments = async (db: Db, data: DataSet): Promise<void> => {
  const { products, users, orders } = collectionsOf(db)
  await store(
    products,
    data.products.map(({ sku, ...product }) => ({ _id: sku, ...product }))
  )
  await store(
    users,
    data.users.map(({ id, ...user }) => ({ _id: id, ...user }))
  )
  await store(
    orders,
    mapped(data.orders, ({ id, ...order }) => ({ _id: id, ...order }))
  )
  await Promise.all([
    users.createIndex({ email: 1 }, { unique: true }),
    orders.createIndex({ userId: 1, _id: -1 })
  ])
}

const store = async <D extends { readonly _id: string }>(
  collection: Collection<D>,
  documents: Iterable<OptionalUnlessRequiredId<D>>
): Promise<void> => {
  const batches = chunks(documents, batchSize)
  const writer = async (): Promise<void> => {
    for (const batch of batches) await collection.insertMany(batch, { ordered: false })
  }
  await Promise.all(Array.from({ length: writesAtOnce }, writer))
}

function* mapped<A, B>(items: Iterable<A>, map: (item: A) => B): Generator<B> {
  for (const item of items) yield map(item)
}
