// A group commit on MongoDB's driver alone: what waits, up to 128 orders, is committed by one transaction that
// inserts the orders and takes their stock, guarded, on a majority.
import type { ClientSession, MongoClient } from "mongodb"
import { collectionsOf, type OrderDocument, takeStock } from "../documents.ts"
import { merge } from "../lines.ts"

const most = 128

interface Waiting {
  readonly order: OrderDocument
  readonly placed: () => void
}

export interface Committer {
  /** Resolves once the order is durable; never where the commit fails, which `ended` says. */
  readonly place: (order: OrderDocument) => Promise<void>
  /** Commits no more; only once nothing waits. */
  readonly stop: () => void
  readonly ended: Promise<void>
}

export const startCommitter = (client: MongoClient): Committer => {
  const { orders, products } = collectionsOf(client.db())
  let waiting: Array<Waiting> = []
  let arrived = Promise.withResolvers<void>()
  let stopped = false

  const commit = async (
    session: ClientSession,
    batch: ReadonlyArray<OrderDocument>
  ): Promise<void> => {
    session.startTransaction({
      readConcern: { level: "snapshot" },
      writeConcern: { w: "majority" }
    })
    await orders.insertMany(batch, { session })
    const lines = merge(batch.flatMap(({ items }) => items))
    const { matchedCount } = await products.bulkWrite(takeStock(lines), { session })
    if (matchedCount < lines.length) throw new Error("the stock does not suffice")
    await session.commitTransaction()
  }

  const commitAll = async (session: ClientSession): Promise<void> => {
    while (!stopped) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      if (batch.length === 0) {
        arrived = Promise.withResolvers<void>()
        await arrived.promise
        continue
      }
      await commit(
        session,
        batch.map(({ order }) => order)
      )
      for (const { placed } of batch) placed()
      // Let the callers that were answered ask again.
      await new Promise<void>((resolve) => {
        setImmediate(resolve)
      })
    }
  }

  return {
    place: (order) =>
      new Promise((placed) => {
        waiting.push({ order, placed })
        arrived.resolve()
      }),
    stop: () => {
      stopped = true
      arrived.resolve()
    },
    ended: client.withSession(commitAll)
  }
}
