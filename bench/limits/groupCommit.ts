// The limit of placing orders: MongoDB's driver alone, no HTTP, no queue. Callers each place one order after
// the other; what waits, up to 128, is committed by one transaction that inserts the orders and takes their
// stock, guarded, on a majority. Prints {"orders": placed, "seconds": taken}.
//   node bench/limits/groupCommit.ts [--orders N] [--callers N] [--skus N] [--lines N] [--warmup N]
import { type ClientSession, MongoClient, ObjectId } from "mongodb"
import { collectionsOf, newOrder, type OrderDocument, takeStock } from "../documents.ts"
import { merge } from "../lines.ts"
import { readSettings } from "../settings.ts"
import { counts } from "./count.ts"

const most = 128
const options = counts({ orders: 10_000, callers: 64, skus: 200, lines: 1, warmup: 1000 })

const client = await new MongoClient(readSettings().MONGO_URI).connect()
const { orders, products } = collectionsOf(client.db())
const catalogue = await products.find().sort({ _id: 1 }).limit(options.skus).toArray()
if (catalogue.length < options.skus)
  throw new Error(`there are ${catalogue.length} products, and --skus asks for ${options.skus}`)

/** The SKUs in turn, so that they are ordered alike. */
const draft = (number: number): OrderDocument => {
  const items = Array.from({ length: options.lines }, (_, line) => {
    const product = catalogue[(number * options.lines + line) % catalogue.length]
    if (product === undefined) throw new Error("--skus has to be at least 1")
    return { sku: product._id, name: product.name, quantity: 1, unitPrice: product.unitPrice }
  })
  return newOrder(new ObjectId().toHexString(), "limit", items, catalogue[0]?.currency ?? "")
}

const commit = async (
  session: ClientSession,
  batch: ReadonlyArray<OrderDocument>
): Promise<void> => {
  session.startTransaction({ readConcern: { level: "snapshot" }, writeConcern: { w: "majority" } })
  await orders.insertMany(batch, { session })
  const lines = merge(batch.flatMap(({ items }) => items))
  const { matchedCount } = await products.bulkWrite(takeStock(lines), { session })
  if (matchedCount < lines.length) throw new Error("the stock does not suffice")
  await session.commitTransaction()
}

interface Waiting {
  readonly order: OrderDocument
  readonly placed: () => void
}

const place = async (count: number): Promise<number> => {
  const began = performance.now()
  let waiting: Array<Waiting> = []
  let drafted = 0
  let left = count
  const caller = async (): Promise<void> => {
    while (drafted < count) {
      const order = draft(drafted++)
      await new Promise<void>((placed) => {
        waiting.push({ order, placed })
      })
    }
  }
  const callers = Array.from({ length: options.callers }, caller)
  await client.withSession(async (session) => {
    while (left > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      await commit(
        session,
        batch.map(({ order }) => order)
      )
      left -= batch.length
      for (const { placed } of batch) placed()
      // Let the callers that were answered ask again.
      await new Promise<void>((resolve) => {
        setImmediate(resolve)
      })
    }
  })
  await Promise.all(callers)
  return (performance.now() - began) / 1000
}

await place(options.warmup)
const seconds = await place(options.orders)
await client.close()
process.stdout.write(`${JSON.stringify({ orders: options.orders, seconds })}\n`)
