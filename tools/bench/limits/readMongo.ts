// The limit of an uncached read: node:http and one findOne by _id on the native driver. No token, no owner.
import { MongoClient } from "mongodb"
import { collectionsOf, toOrder } from "../documents.ts"
import { readSettings } from "../settings.ts"
import { serveOrders } from "./server.ts"

const settings = readSettings()
const client = await new MongoClient(settings.MONGO_URI, {
  readConcern: { level: "majority" }
}).connect()
const { orders } = collectionsOf(client.db())
await serveOrders(settings, async (id) => {
  const document = await orders.findOne({ _id: id })
  return document === null ? null : JSON.stringify(toOrder(document))
})
await client.close()
