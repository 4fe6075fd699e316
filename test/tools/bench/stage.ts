// What a contestant needs to run in a test: a database, a queue and users of its own on the services of the
// run, seeded with a small data set.
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs"
import { MongoClient } from "mongodb"
import { accessToken } from "../../../tools/bench/accessToken.ts"
import {
  type ContestantEnvironment,
  orderMessage,
  type Seed,
  type SeedOrder
} from "../../../tools/bench/contestant.ts"
import { collectionsOf } from "../../../tools/bench/documents.ts"
import { programEnvironment } from "../../../tools/harness/deployment.ts"
import { withDatabase } from "../../../tools/harness/mongo.ts"
import { createQueues, depthOf, testSqsClient } from "../../../tools/harness/queues.ts"
import type { RedisAddress } from "../../../tools/harness/redis.ts"

export interface Addresses {
  readonly mongo: { readonly uri: string }
  readonly redis: RedisAddress
  readonly sqs: { readonly endpoint: string }
  readonly ses: { readonly endpoint: string }
}

const secret = "a secret of the tests, 32 bytes or more"

export type Stage = Awaited<ReturnType<typeof openStage>>

interface Options {
  /** How many orders there are, all of them pending. */
  readonly pending?: number
  /** By SKU. */
  readonly stock?: Readonly<Record<string, number>>
}

/** `owner` has the orders, whose mails go to an address that no other stage has. */
export const openStage = async (
  { mongo, redis, sqs, ses }: Addresses,
  seed: Seed,
  { pending = 0, stock = { plenty: 1000, some: 10, few: 1 } }: Options = {}
) => {
  const uri = withDatabase(mongo.uri)
  const queues = await createQueues(sqs.endpoint)
  const { queueUrl } = queues
  const tag = crypto.randomUUID()
  const owner = { id: `owner-${tag}`, email: `${tag}@example.com`, name: "Ada <Lovelace>" }
  const seeded = Array.from({ length: pending }, (_, i) => pendingOrder(`${tag}-${i}`, owner.id))
  await seed(
    { mongo: { uri }, redis },
    {
      products: Object.entries(stock).map(([sku, available], i) => ({
        sku,
        name: `Name of ${sku}`,
        unitPrice: 100 * (i + 1),
        currency: "EUR",
        available
      })),
      users: [owner, { id: `other-${tag}`, email: `other-${tag}@example.com`, name: "Other" }],
      orders: seeded
    }
  )
  const client = await new MongoClient(uri).connect()
  const sqsClient = testSqsClient(sqs.endpoint)
  const { products, orders } = collectionsOf(client.db())

  return {
    env: programEnvironment(
      { mongo: { uri }, redis, sqs, ses, queues },
      {
        SES_SENDER_EMAIL: "shop@example.com",
        ACCESS_TOKEN_SECRET: secret,
        WORKER_CONCURRENCY: "32"
      }
    ) satisfies ContestantEnvironment,
    owner,
    seeded,
    orders,
    token: accessToken(secret, owner.id),
    otherToken: accessToken(secret, `other-${tag}`),
    adminToken: accessToken(secret, `admin-${tag}`, "admin"),
    forgedToken: accessToken(`not ${secret}`, owner.id),
    available: async (sku: string) => (await products.findOne({ _id: sku }))?.available,
    announce: async (ids: ReadonlyArray<string>): Promise<void> => {
      for (const id of ids)
        await sqsClient.send(
          new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: orderMessage(id) })
        )
    },
    /** How many messages are in the queue, whether they can be received now or are in work. */
    queued: (): Promise<number> => depthOf(sqsClient, queueUrl),
    /** Bodies of messages that can be received now; none is in work elsewhere. */
    messages: async (): Promise<ReadonlyArray<string | undefined>> => {
      const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 })
      const { Messages = [] } = await sqsClient.send(command)
      return Messages.map(({ Body }) => Body)
    },
    close: async (): Promise<void> => {
      await client.db().dropDatabase()
      await client.close()
      sqsClient.destroy()
    }
  }
}

const pendingOrder = (id: string, userId: string): SeedOrder => {
  const at = new Date()
  return {
    ...{ id, userId, status: "pending", total: 200, currency: "EUR", version: 1 },
    items: [{ sku: "plenty", name: "Name of <plenty>", quantity: 2, unitPrice: 100 }],
    createdAt: at,
    updatedAt: at,
    timeline: [{ status: "pending", at }],
    confirmation: { state: "waiting" }
  }
}
