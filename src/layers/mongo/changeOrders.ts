// Changes of orders without a transaction: read a batch, decide in memory, write all in one command,
// each order guarded by its version; whoever lost a race is read and decided again.
import { Effect } from "effect"
import type { mongo } from "mongoose"
import type { OrderRecord, Work } from "../../services/orders/Order.ts"
import type { MongoConnection, MongoUnavailable } from "./MongoConnection.ts"
import { fromDocument, type OrderDocument, orderCollection } from "./OrderModel.ts"

/** Losing twice in a row over one order needs three writers at once: more rounds would help nobody. */
const maxRounds = 4

/** Only what the change itself did to `work`: the watchdog moves it without a new version. */
const workChange = (before: Work | null, after: Work | null) => {
  if (after === null) return { unset: { work: true } as const }
  if (before === null) return { set: { work: after } }
  return after.dueAt === before.dueAt ? {} : { set: { "work.dueAt": after.dueAt } }
}

/**
 * The write that turns `before` into `after`. Watchdogs, renewals and flags write without a new version,
 * so `work`, `claim` and `needsAttention` are written only where the change itself touched them.
 */
export const changeOf = (
  before: OrderRecord,
  after: OrderRecord
): { filter: mongo.Filter<OrderDocument>; update: mongo.UpdateFilter<OrderDocument> } => {
  const { status, timeline, confirmation, updatedAt, version } = after.order
  const work = workChange(before.work, after.work)
  const claimed = after.claim !== null && after.claim !== before.claim
  // A settled order carries no flag, also none that was set since it was read.
  const unflagged =
    after.needsAttention === null && (after.work === null || before.needsAttention !== null)
  return {
    filter: {
      _id: before.order.id,
      version: before.order.version,
      // Not over a claim that was renewed since it was read.
      ...(claimed && before.claim !== null
        ? { "claim.id": before.claim.id, "claim.leaseUntil": before.claim.leaseUntil }
        : {})
    },
    update: {
      $set: {
        ...{ status, timeline, confirmation, updatedAt, version },
        ...(claimed ? { claim: after.claim } : {}),
        ...work.set
      },
      $unset: {
        ...(after.claim === null ? { claim: true } : {}),
        ...work.unset,
        ...(unflagged ? { needsAttention: true } : {})
      }
    }
  }
}

export interface Changes {
  /** Every order as last read, by id; ids without an order are absent. */
  readonly records: ReadonlyMap<string, OrderRecord>
  /** The orders that were written. */
  readonly written: ReadonlySet<string>
  /** Those that others changed each time before they could be written. */
  readonly contended: ReadonlySet<string>
}

/**
 * Applies `decide` to orders until it finds nothing to change. It must find nothing in what it has
 * written itself: that is how a round learns which writes of the one before were won, since the counts
 * of a bulk write don't say.
 */
export const changeOrders = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  ids: ReadonlyArray<string>,
  decide: (record: OrderRecord) => OrderRecord | undefined
): Effect.fn.Return<Changes, MongoUnavailable> {
  const orders = orderCollection(connection.mongoose)
  const records = new Map<string, OrderRecord>()
  const written = new Set<string>()
  let open: ReadonlyArray<string> = ids
  for (let round = 1; open.length > 0; round++) {
    const found = yield* connection.run(() => orders.find({ _id: { $in: open } }).toArray())
    const writes = found.map(fromDocument).flatMap((before) => {
      records.set(before.order.id, before)
      const after = decide(before)
      return after === undefined ? [] : [{ before, after }]
    })
    open = writes.map(({ before }) => before.order.id)
    if (open.length === 0 || round > maxRounds) break
    yield* connection.run(() =>
      orders.bulkWrite(
        writes.map(({ before, after }) => ({ updateOne: changeOf(before, after) })),
        { ordered: false }
      )
    )
    for (const id of open) written.add(id)
  }
  return { records, written, contended: new Set(open) }
})
