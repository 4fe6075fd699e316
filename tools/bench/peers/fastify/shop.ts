// What both APIs on Fastify have behind their routes: orders and products in MongoDB, orders in the cache, a
// message to SQS for each order before its answer.
import { SendMessageCommand } from "@aws-sdk/client-sqs"
import { Redis } from "ioredis"
import { MongoClient } from "mongodb"
import { openSqs } from "../../aws.ts"
import { orderMessage, type SeedOrder, type SeedProduct } from "../../contestant.ts"
import { collectionsOf } from "../../documents.ts"
import type { Line } from "../../lines.ts"
import type { Settings } from "../../settings.ts"
import { HttpError } from "./errors.ts"
import { openOrders } from "./orders.ts"

export interface User {
  readonly id: string
  readonly isAdmin: boolean
}

const cacheSeconds = 600

const notFound = (what: string): HttpError =>
  new HttpError(404, "not_found", `There is no such ${what}`)

const cacheKey = (id: string): string => `fastify:order:${id}`

export const openShop = async (settings: Settings) => {
  const client = await new MongoClient(settings.MONGO_URI, {
    writeConcern: { w: "majority" }
  }).connect()
  const { products, orders: orderCollection } = collectionsOf(client.db())
  await orderCollection.createIndex({ userId: 1, _id: -1 })
  const orders = openOrders(client)
  const redis = new Redis({
    host: settings.REDIS_HOST,
    port: settings.REDIS_PORT,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 1
  })
  const sqs = openSqs()

  const load = async (id: string, write: (order: SeedOrder) => string): Promise<string> => {
    const order = await orders.find(id)
    if (order === undefined) throw notFound("order")
    const json = write(order)
    await redis.set(cacheKey(id), json, "EX", cacheSeconds)
    return json
  }

  return {
    redis,

    ping: (): Promise<unknown> => Promise.all([client.db().command({ ping: 1 }), redis.ping()]),

    product: async (sku: string): Promise<SeedProduct> => {
      const found = await products.findOne({ _id: sku })
      if (found === null) throw notFound("product")
      return { ...found, sku: found._id }
    },

    /** An order of the user's, as the JSON that is cached. `write` makes it where it is not. */
    order: async (id: string, user: User, write: (order: SeedOrder) => string) => {
      const json = (await redis.get(cacheKey(id))) ?? (await load(id, write))
      const { userId, version }: Pick<SeedOrder, "userId" | "version"> = JSON.parse(json)
      if (userId !== user.id && !user.isAdmin) throw notFound("order")
      return { json, version }
    },

    place: async ({ id }: User, items: ReadonlyArray<Line>): Promise<SeedOrder> => {
      const placed = await orders.place(id, items)
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: settings.AWS_SQS_QUEUE_URL,
          MessageBody: orderMessage(placed.id)
        })
      )
      return placed
    },

    close: async (): Promise<void> => {
      await Promise.all([client.close(), redis.quit()])
      sqs.destroy()
    }
  }
}
