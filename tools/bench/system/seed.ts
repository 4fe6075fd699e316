// Stores the data set as this system stores it; its own command makes the indexes.
import { type Algorithm, hash } from "@node-rs/argon2"
import { Option } from "effect"
import { mongo } from "mongoose"
import { recommendedParameters } from "../../../src/layers/crypto/argon2Phc.ts"
import type { AccountDocument } from "../../../src/layers/mongo/AccountModel.ts"
import { type OrderDocument, toOrderDocument } from "../../../src/layers/mongo/OrderModel.ts"
import { type ProductDocument, toProductDocument } from "../../../src/layers/mongo/ProductModel.ts"
import { OrderId, UserId } from "../../../src/services/ids.ts"
import { numberOf } from "../../../src/services/orders/model/orderNumber.ts"
import { firstDueAt } from "../../../src/services/orders/model/work.ts"
import { chunks } from "../../harness/chunks.ts"
import { mustRunCli } from "../../harness/deployment.ts"
import type { DataSet, Seed, SeedOrder } from "../contestant.ts"

/** Of every account. */
export const password = "correct horse battery staple"

const passwordHash = (): Promise<string> =>
  hash(password, {
    // The constant of a `const enum`, which isolated modules cannot read.
    algorithm: 2 satisfies Algorithm.Argon2id,
    memoryCost: recommendedParameters.memoryKib,
    timeCost: recommendedParameters.passes,
    parallelism: recommendedParameters.parallelism
  })

async function accountsOf({ users }: DataSet): Promise<ReadonlyArray<AccountDocument>> {
  const shared = {
    phone: null,
    role: "user",
    locale: "en",
    passwordHash: await passwordHash()
  } as const
  const createdAt = new Date()
  return users.map(({ id, ...user }) => ({
    _id: id,
    ...user,
    ...shared,
    passwordVersion: 0,
    createdAt
  }))
}

const productsOf = ({ products }: DataSet): ReadonlyArray<ProductDocument> =>
  products.map((product) => toProductDocument(product, new Date()))

const orderDocument = (order: SeedOrder): OrderDocument => {
  const id = OrderId.make(order.id)
  const userId = UserId.make(order.userId)
  return toOrderDocument({
    order: {
      ...order,
      id,
      number: numberOf(id, userId),
      userId,
      timeline: order.timeline.map(({ at }, i) => ({
        status: i === 0 ? "pending" : "confirmed",
        at
      }))
    },
    idempotencyKey: Option.none(),
    work:
      order.status === "pending"
        ? Option.some({ dueAt: firstDueAt(order.createdAt), resends: 0 })
        : Option.none(),
    claim: Option.none(),
    mailRequest: 0,
    needsAttention: Option.none()
  })
}

const perInsert = 5000

export const seed: Seed = async ({ mongo: { uri } }, data) => {
  const client = await mongo.MongoClient.connect(uri)
  try {
    const db = client.db()
    await db.collection<AccountDocument>("accounts").insertMany([...(await accountsOf(data))])
    await db.collection<ProductDocument>("products").insertMany([...productsOf(data)])
    const orders = db.collection<OrderDocument>("orders")
    for (const some of chunks(data.orders, perInsert))
      await orders.insertMany(some.map(orderDocument), { ordered: false })
  } finally {
    await client.close()
  }
  // After the orders: a million of them are indexed faster in one pass.
  await mustRunCli({ MONGO_URI: uri }, "migrate")
}
