// Stores the data set for the limits: documents as the peers have them, and each order's JSON in Redis.
import { Redis } from "ioredis"
import { chunks } from "../../harness/chunks.ts"
import type { Seed } from "../contestant.ts"
import { seed as seedDocuments } from "../peers/seed.ts"
import { redisKey } from "./redisKey.ts"

const batchSize = 1000

/** Goes through the orders twice. */
export const seed: Seed = async (target, data) => {
  await seedDocuments(target, data)
  const { host, port, password } = target.redis
  const redis = new Redis({ host, port, ...(password === undefined ? {} : { password }) })
  try {
    for (const orders of chunks(data.orders, batchSize))
      await redis.mset(orders.flatMap((order) => [redisKey(order.id), JSON.stringify(order)]))
  } finally {
    await redis.quit()
  }
}
