// Changes of orders without a transaction: read a batch, decide in memory, write all in one command,
// each order guarded by its version; whoever lost a race is read and decided again.
import { Effect } from "effect"
import type { mongo } from "mongoose"
import type { Order, OrderRecord, Work } from "../../services/orders/model/Order.ts"
import type { MongoConnection, MongoUnavailable } from "./MongoConnection.ts"
import { type OrderDocument, orderModel, toOrderRecord } from "./OrderModel.ts"

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
  const order = before.order
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
        ...{ updatedAt, version },
        ...(status === order.status ? {} : { status }),
        ...(timeline === order.timeline ? {} : { timeline }),
        ...(confirmation === order.confirmation ? {} : { confirmation }),
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

interface Change {
  readonly before: OrderRecord
  readonly after: OrderRecord
}

/** Another writer of the same version, and of the same millisecond, would have written just the same. */
const isSameWrite = (stored: Order, written: Order): boolean =>
  stored.version === written.version &&
  stored.updatedAt.getTime() === written.updatedAt.getTime() &&
  stored.confirmation.state === written.confirmation.state

export interface Changes {
  /** Every order as it was last read or written here, by id; ids without an order are absent. */
  readonly records: ReadonlyMap<string, OrderRecord>
  /** The orders that were written. */
  readonly written: ReadonlySet<string>
  /** Those that others changed each time before they could be written. */
  readonly contended: ReadonlySet<string>
}

export interface ChangeOptions {
  /**
   * How this process left orders, where it still knows: such a one is written without being read first.
   * Where it was changed since, its version is another, and it is read as all the others are.
   */
  readonly remembered?: { readonly get: (id: string) => OrderRecord | undefined }
}

/**
 * Applies `decide` to orders until it finds nothing to change. It must find nothing in what it has
 * written itself: where the counts of a bulk write say that some of its writes were lost, they do not
 * say which, and the next round learns it by reading all of them again.
 */
export const changeOrders = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  ids: ReadonlyArray<string>,
  decide: (record: OrderRecord) => OrderRecord | undefined,
  { remembered }: ChangeOptions = {}
): Effect.fn.Return<Changes, MongoUnavailable> {
  const orders = orderModel(connection.mongoose).collection
  const records = new Map<string, OrderRecord>()
  const written = new Set<string>()
  /** What the round before wrote, some of it in vain. */
  const tried = new Map<string, OrderRecord>()

  const changeIn = (before: OrderRecord): ReadonlyArray<Change> => {
    const after = decide(before)
    return after === undefined ? [] : [{ before, after }]
  }

  /** What no reading was needed for. Only changes: that nothing is to be done must be read. */
  const recall = (id: string): ReadonlyArray<Change> => {
    const before = remembered?.get(id)
    return before === undefined ? [] : changeIn(before)
  }

  const read = Effect.fnUntraced(function* (open: ReadonlyArray<string>) {
    if (open.length === 0) return []
    const found = yield* connection.run(() => orders.find({ _id: { $in: [...open] } }).toArray())
    return found.map(toOrderRecord).flatMap((before) => {
      const { id } = before.order
      const after = tried.get(id)
      if (after !== undefined && isSameWrite(before.order, after.order)) written.add(id)
      records.set(id, before)
      return changeIn(before)
    })
  })

  /**
   * Whether all were written: each write matches one order at most, so the count tells. `updateOne` would
   * do the same, but the driver sends it as retryable, and then the server keeps a record of every single
   * one, a quarter of its work. Whoever asks again after a lost answer finds what it has won.
   */
  const write = (changes: ReadonlyArray<Change>) =>
    connection.run(async () => {
      const { matchedCount } = await orders.bulkWrite(
        changes.map(({ before, after }) => ({ updateMany: changeOf(before, after) })),
        { ordered: false }
      )
      return matchedCount === changes.length
    })

  let known: ReadonlyArray<Change> = ids.flatMap(recall)
  let open: ReadonlyArray<string> = ids
  for (let round = 1; open.length > 0; round++) {
    const recalled = new Set(known.map(({ before }) => before.order.id))
    const changes = [...known, ...(yield* read(open.filter((id) => !recalled.has(id))))]
    known = []
    open = changes.map(({ before }) => before.order.id)
    if (open.length === 0 || round > maxRounds) break
    const all = yield* write(changes)
    for (const { before, after } of changes) {
      const { id } = before.order
      tried.set(id, after)
      if (!all) continue
      written.add(id)
      records.set(id, after)
    }
    if (all) open = []
  }
  return { records, written, contended: new Set(open) }
})
