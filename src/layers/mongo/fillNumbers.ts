// Gives orders of the previous version their bucket and number. Each is one write, which only the first of several
// processes makes, and which does not disturb other writers of the order: it does not change `version`, unless readers
// were shown another number before.
import { mongo } from "mongoose"
import type { OrderId, UserId } from "../../services/ids.ts"
import { bucketOf, numberOf } from "../../services/orders/model/orderNumber.ts"
import { isDuplicateKey } from "./duplicateKey.ts"
import type { OrderDocument } from "./OrderModel.ts"
import { idHint } from "./orderFilters.ts"

interface Unnumbered {
  readonly _id: OrderId
  readonly userId: UserId
}

const perWrite = 1000

const writeOf =
  (draw: number) =>
  ({ _id, userId }: Unnumbered) => ({
    // No `updateOne`, which the driver sends as retryable: the server would keep a record of every single one.
    updateMany: {
      filter: { _id, bucket: null },
      update: {
        $set: { bucket: bucketOf(userId), number: numberOf(_id, userId, draw) },
        ...(draw === 0 ? {} : { $inc: { version: 1 } })
      },
      hint: idHint
    }
  })

/** Resolves with the number of filled orders. Orders whose number is taken draw again; the others no longer match. */
const fillSome = async (
  orders: mongo.Collection<OrderDocument>,
  some: ReadonlyArray<Unnumbered>
): Promise<number> => {
  let filled = 0
  for (let draw = 0; ; draw++) {
    try {
      const { modifiedCount } = await orders.bulkWrite(some.map(writeOf(draw)), { ordered: false })
      return filled + modifiedCount
    } catch (error) {
      if (!(error instanceof mongo.MongoBulkWriteError && isDuplicateKey(error))) throw error
      filled += error.modifiedCount
    }
  }
}

/** Needs the indexes on number and on user. Yields how many each write has filled. */
export async function* fillNumbers(
  orders: mongo.Collection<OrderDocument>,
  hint: mongo.Hint
): AsyncGenerator<number> {
  // A damaged order without a user is left out: it would fail each time.
  const unnumbered = orders.find<Unnumbered>(
    { bucket: null, userId: { $type: "string" } },
    { projection: { userId: 1 }, hint }
  )
  let some: Array<Unnumbered> = []
  for await (const one of unnumbered) {
    some.push(one)
    if (some.length < perWrite) continue
    yield await fillSome(orders, some)
    some = []
  }
  if (some.length > 0) yield await fillSome(orders, some)
}
