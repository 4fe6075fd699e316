// Users with a session and pending orders each, as they are stored, without a login and a hash for each.
import { mongo } from "mongoose"
import { type SessionDocument, toSessionDocument } from "../../../src/layers/mongo/SessionModel.ts"
import { newSession, TokenId } from "../../../src/services/accounts/model/Session.ts"
import { SessionId, UserId } from "../../../src/services/ids.ts"
import { accessToken } from "../../bench/accessToken.ts"
import type { SeedOrder } from "../../bench/contestant.ts"
import { seed as storeData } from "../../bench/system/seed.ts"
import { accessTokenSecret } from "../../harness/deployment.ts"
import type { RedisAddress } from "../../harness/redis.ts"

export interface Follower {
  readonly token: string
  readonly orderId: string
}

const id = (kind: number, i: number): string =>
  kind.toString(16).padStart(12, "0") + i.toString(16).padStart(20, "0")
const userId = (i: number): string => id(1, i)

const orderOf = (i: number, owner: string, at: Date): SeedOrder => ({
  id: id(2, i),
  userId: owner,
  status: "pending",
  items: [{ sku: "thing", name: "Thing", quantity: 1, unitPrice: 250 }],
  total: 250,
  currency: "EUR",
  createdAt: at,
  updatedAt: at,
  version: 1,
  timeline: [{ status: "pending", at }],
  confirmation: { state: "waiting" }
})

const sessionOf = (user: string, at: Date): SessionDocument =>
  toSessionDocument(
    newSession(
      {
        id: SessionId.make(`session-of-${user}`),
        userId: UserId.make(user),
        passwordVersion: 0,
        jti: TokenId.make(user)
      },
      at
    )
  )

/** A follower for each of `count` orders, `perUser` of which belong to one user. */
export async function seedFollowers(
  target: { readonly mongo: { readonly uri: string }; readonly redis: RedisAddress },
  count: number,
  perUser: number
): Promise<ReadonlyArray<Follower>> {
  const at = new Date()
  const users = Array.from({ length: Math.ceil(count / perUser) }, (_, i) => ({
    id: userId(i),
    email: `follower-${i}@example.com`,
    name: `Follower ${i}`
  }))
  const orders = Array.from({ length: count }, (_, i) =>
    orderOf(i, userId(Math.floor(i / perUser)), at)
  )
  const thing = { sku: "thing", name: "Thing", unitPrice: 250, currency: "EUR", available: count }
  await storeData(target, { products: [thing], users, orders })
  const client = await mongo.MongoClient.connect(target.mongo.uri)
  try {
    const sessions = client.db().collection<SessionDocument>("sessions")
    await sessions.insertMany(users.map((user) => sessionOf(user.id, at)))
  } finally {
    await client.close()
  }
  const tokens = new Map(users.map((user) => [user.id, accessToken(accessTokenSecret, user.id)]))
  return orders.map((order) => ({ orderId: order.id, token: tokens.get(order.userId) ?? "" }))
}
