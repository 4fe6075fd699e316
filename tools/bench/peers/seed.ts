// Stores the data set as both peers keep it: products, users and orders with their id as `_id`.
import { MongoClient } from "mongodb"
import type { Seed } from "../contestant.ts"
import { storeDocuments } from "../documents.ts"

export const seed: Seed = async ({ mongo }, data) => {
  const client = new MongoClient(mongo.uri)
  try {
    await storeDocuments(client.db(), data)
  } finally {
    await client.close()
  }
}
