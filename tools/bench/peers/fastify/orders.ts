// Orders on the native driver: each is one transaction that stores it and takes its stock.
import { type MongoClient, ObjectId } from "mongodb"
import type { SeedOrder } from "../../contestant.ts"
import { collectionsOf, newOrder, takeStock, toOrder } from "../../documents.ts"
import { type Line, merge, priceLines } from "../../lines.ts"
import { HttpError } from "./errors.ts"

export const openOrders = (client: MongoClient) => {
  const { orders, products } = collectionsOf(client.db())

  const priced = async (lines: ReadonlyArray<Line>) => {
    const found = await products.find({ _id: { $in: lines.map(({ sku }) => sku) } }).toArray()
    return priceLines(lines, found, (code, message) => new HttpError(422, code, message))
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
