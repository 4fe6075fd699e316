// Orders on the native driver: each is one transaction that stores it and takes its stock.
import { type MongoClient, ObjectId } from "mongodb"
import type { SeedOrder } from "../../contestant.ts"
import { collectionsOf, newOrder, takeStock, toOrder } from "../../documents.ts"
import { type Line, merge } from "../../lines.ts"
import { HttpError } from "./errors.ts"

export const openOrders = (client: MongoClient) => {
  const { orders, products } = collectionsOf(client.db())

  /** The lines with what the catalogue says; prices are never the client's. */
  const priced = async (lines: ReadonlyArray<Line>) => {
    const found = await products.find({ _id: { $in: lines.map(({ sku }) => sku) } }).toArray()
    const bySku = new Map(found.map((product) => [product._id, product]))
    const items = lines.map(({ sku, quantity }) => {
      const product = bySku.get(sku)
      if (product === undefined) throw new HttpError(422, "unknown_sku", `There is no ${sku}`)
      return { sku, name: product.name, quantity, unitPrice: product.unitPrice }
    })
    const [currency = "", ...others] = new Set(found.map(({ currency }) => currency))
    if (others.length > 0) throw new HttpError(422, "mixed_currency", "An order has one currency")
    return { items, currency }
  }

  return {
    find: async (id: string): Promise<SeedOrder | undefined> => {
      const document = await orders.findOne({ _id: id })
      return document === null ? undefined : toOrder(document)
    },

    /** Durable on a majority, or rejected with nothing changed. */
    place: async (userId: string, requested: ReadonlyArray<Line>): Promise<SeedOrder> => {
      const lines = merge(requested)
      const { items, currency } = await priced(lines)
      const order = newOrder(new ObjectId().toHexString(), userId, items, currency)
      await client.withSession((session) =>
        session.withTransaction(
          async () => {
            await orders.insertOne(order, { session })
            // Last, so that other buyers wait for as short as can be.
            const { matchedCount } = await products.bulkWrite(takeStock(lines), { session })
            if (matchedCount < lines.length)
              throw new HttpError(409, "out_of_stock", "There is not enough in stock")
          },
          { readConcern: { level: "snapshot" }, writeConcern: { w: "majority" } }
        )
      )
      return toOrder(order)
    }
  }
}
