// Filters that name orders in commands, with the bucket, so that a sharded collection uses only the shards that have
// them.
import type { mongo } from "mongoose"
import type { OrderId, OrderNumber, UserId } from "../../services/ids.ts"
import {
  bucketOf,
  bucketOfId,
  bucketOfNumber,
  hasNumber
} from "../../services/orders/model/orderNumber.ts"
import type { OrderDocument } from "./OrderModel.ts"

type Filter = mongo.Filter<OrderDocument>

/** Of commands that name orders by id. The server would weigh the indexes that begin with the bucket too. */
export const idHint = { _id: 1 } as const

/**
 * The orders with these ids, for commands with `idHint`. The buckets in the ids tell a sharded collection which shards
 * to ask; an id from before them is asked for everywhere.
 */
export const byIds = (ids: ReadonlyArray<OrderId>): Filter => ({
  _id: { $in: [...ids] },
  ...(ids.every(hasNumber) ? { bucket: { $in: Array.from(new Set(ids.map(bucketOfId))) } } : {})
})

/** The same for one. */
export const byId = (id: OrderId): Filter =>
  hasNumber(id) ? { _id: id, bucket: bucketOfId(id) } : { _id: id }

/** A user's orders, also those that have no bucket yet. */
export const bucketsOf = (userId: UserId): NonNullable<Filter["bucket"]> => ({
  $in: [bucketOf(userId), null]
})

/** The orders with these numbers: those of a bucket together, so that nothing between them is looked at. */
export const byNumbers = (numbers: ReadonlyArray<OrderNumber>): Filter => {
  const inBucket = new Map<number, Array<OrderNumber>>()
  for (const number of numbers) {
    const bucket = bucketOfNumber(number)
    inBucket.set(bucket, [...(inBucket.get(bucket) ?? []), number])
  }
  return { $or: Array.from(inBucket, ([bucket, some]) => ({ bucket, number: { $in: some } })) }
}

/** The same for one. */
export const byNumber = (number: OrderNumber): Filter => ({
  bucket: bucketOfNumber(number),
  number
})
