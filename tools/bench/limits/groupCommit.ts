// The limit of placing orders: a group commit without HTTP, without a queue. Callers each place one order after
// the other. Prints {"orders": placed, "seconds": taken}.
//   node tools/bench/limits/groupCommit.ts [--orders N] [--callers N] [--skus N] [--lines N] [--warmup N]
import { MongoClient, ObjectId } from "mongodb"
import { collectionsOf, newOrder, type OrderDocument } from "../documents.ts"
import { readSettings } from "../settings.ts"
import { startCommitter } from "./committing.ts"
import { counts } from "./count.ts"

const options = counts({ orders: 10_000, callers: 64, skus: 200, lines: 1, warmup: 1000 })

const client = await new MongoClient(readSettings().MONGO_URI).connect()
const { products } = collectionsOf(client.db())
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

const committer = startCommitter(client)

const place = async (count: number): Promise<number> => {
  const began = performance.now()
  let drafted = 0
  const caller = async (): Promise<void> => {
    while (drafted < count) await committer.place(draft(drafted++))
  }
  await Promise.race([
    Promise.all(Array.from({ length: options.callers }, caller)),
    // It ends by itself only where it fails.
    committer.ended
  ])
  return (performance.now() - began) / 1000
}

await place(options.warmup)
const seconds = await place(options.orders)
committer.stop()
await committer.ended
await client.close()
process.stdout.write(`${JSON.stringify({ orders: options.orders, seconds })}\n`)
