// Changes of orders without a transaction: read a batch, decide in memory, write all in one command, each order guarded
// by its version; an order that was changed meanwhile is read and decided again.
import { Effect, Option } from "effect"
import type { mongo } from "mongoose"
import type { OrderId } from "../../services/ids.ts"
import type { Order, OrderRecord, Work } from "../../services/orders/model/Order.ts"
import type { MongoConnection, MongoUnavailable } from "./MongoConnection.ts"
import { type OrderDocument, orderModel, toOrderRecord } from "./OrderModel.ts"
import { byId, byIds, idHint } from "./orderFilters.ts"

/** Losing twice in a row over one order needs three concurrent writers, so more rounds would not help. */
const maxRounds = 4

/** Only what the change itself did to `work`: old workers' watchdogs move `resends` without a new version. */
const workChange = (before: Option.Option<Work>, after: Option.Option<Work>) => {
  if (Option.isNone(after)) return { set: {}, unset: { work: true } as const }
  if (Option.isNone(before)) return { set: { work: after.value }, unset: {} }
  const old = Object.entries(before.value)
  const changed = Object.entries(after.value).filter(
    ([key, value]) => !old.some(([k, v]) => k === key && v === value)
  )
  const gone = old.filter(([key]) => !(key in after.value))
  return {
    set: Object.fromEntries(changed.map(([key, value]) => [`work.${key}`, value])),
    unset: Object.fromEntries(gone.map(([key]) => [`work.${key}`, true as const]))
  }
}

interface FieldChange {
  readonly set: Readonly<Record<string, unknown>>
  readonly unset: Readonly<Record<string, true>>
}

const within = (field: string, { set, unset }: FieldChange): FieldChange => {
  const named = <A>(fields: Readonly<Record<string, A>>) =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [`${field}.${key}`, value]))
  return { set: named(set), unset: named(unset) }
}

/** What changes of the notice, and of what is left to do: its work and claim are within the notice where there is one. */
const leftChange = (before: OrderRecord, after: OrderRecord): FieldChange => {
  const { notice } = after.order
  const old = before.order.notice
  if (notice !== undefined && old === undefined)
    return {
      set: { notice: { ...notice, ...Option.match(after.work, workField) } },
      unset: { work: true, claim: true }
    }
  const work = workChange(before.work, after.work)
  const left: FieldChange = {
    set: work.set,
    unset: { ...(Option.isNone(after.claim) ? { claim: true } : {}), ...work.unset }
  }
  if (notice === undefined) return left
  const { at } = notice
  return within("notice", {
    set: {
      ...left.set,
      ...(notice === old ? {} : { state: notice.state, ...(at === undefined ? {} : { at }) })
    },
    unset: { ...left.unset, ...(at === undefined ? { at: true } : {}) }
  })
}

const workField = { onNone: () => ({}), onSome: (work: Work) => ({ work }) }

/**
 * The write that turns `before` into `after`. Watchdogs, claims and flags write without reading the order first,
 * so `work`, `claim` and `needsAttention` are written only where the change itself touched them.
 */
export const changeOf = (
  before: OrderRecord,
  after: OrderRecord
): { filter: mongo.Filter<OrderDocument>; update: mongo.UpdateFilter<OrderDocument> } => {
  const { status, timeline, confirmation, updatedAt, version } = after.order
  const order = before.order
  const left = leftChange(before, after)
  const { needsAttention, mailRequest } = after
  // An order without work carries no flag, also none that was set since it was read.
  const unflagged =
    Option.isNone(needsAttention) &&
    (Option.isNone(after.work) || Option.isSome(before.needsAttention))
  return {
    filter: { ...byId(before.order.id), version: before.order.version },
    update: {
      $set: {
        ...{ updatedAt, version },
        ...(status === order.status ? {} : { status }),
        ...(timeline === order.timeline ? {} : { timeline }),
        ...(confirmation === order.confirmation ? {} : { confirmation }),
        ...(mailRequest === before.mailRequest ? {} : { mailRequest }),
        ...(needsAttention === before.needsAttention || Option.isNone(needsAttention)
          ? {}
          : { needsAttention: needsAttention.value }),
        ...left.set
      },
      $unset: {
        ...left.unset,
        ...(unflagged ? { needsAttention: true } : {})
      }
    }
  }
}

interface Change {
  readonly before: OrderRecord
  readonly after: OrderRecord
}

/** Orders of one version that become the same are one write: it costs the server little more than one of them. */
const writesOf = (changes: ReadonlyArray<Change>) => {
  const writes = new Map<
    string,
    { ids: Array<OrderId>; version: number; update: mongo.UpdateFilter<OrderDocument> }
  >()
  for (const { before, after } of changes) {
    const { id, version } = before.order
    const { update } = changeOf(before, after)
    const key = JSON.stringify([version, update])
    const same = writes.get(key)
    if (same === undefined) writes.set(key, { ids: [id], version, update })
    else same.ids.push(id)
  }
  return Array.from(writes.values(), ({ ids, version, update }) => ({
    updateMany: { filter: { ...byIds(ids), version }, update, hint: idHint }
  }))
}

/** Another writer of the same version, and of the same millisecond, would have written just the same. */
const isSameWrite = (stored: Order, written: Order): boolean =>
  stored.version === written.version &&
  stored.updatedAt.getTime() === written.updatedAt.getTime() &&
  stored.confirmation.state === written.confirmation.state &&
  stored.notice?.state === written.notice?.state

/** An order that cannot be read must not keep the others of its batch from being written. */
const readable = (document: OrderDocument): ReadonlyArray<OrderRecord> =>
  Option.toArray(Option.liftThrowable(toOrderRecord)(document))

export interface Changes {
  /** Every order as it was last read or written here, by id; without those that are missing or cannot be read. */
  readonly records: ReadonlyMap<OrderId, OrderRecord>
  /** The orders that were written. */
  readonly written: ReadonlySet<OrderId>
  /** Those that others changed each time before they could be written. */
  readonly contended: ReadonlySet<OrderId>
}

export interface ChangeOptions {
  /**
   * How this process left orders, where it still knows: such a one is written without being read first.
   * Where it was changed since, its version is another, and it is read as all the others are.
   */
  readonly remembered?: { readonly get: (id: OrderId) => OrderRecord | undefined }
}

/**
 * Applies `decide` to orders until it finds nothing to change. It must find nothing in what it has
 * written itself: where the counts of a bulk write say that some of its writes were lost, they do not
 * say which, and the next round learns it by reading all of them again.
 */
export const changeOrders = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  ids: ReadonlyArray<OrderId>,
  decide: (record: OrderRecord) => Option.Option<OrderRecord>,
  { remembered }: ChangeOptions = {}
): Effect.fn.Return<Changes, MongoUnavailable> {
  const orders = orderModel(connection.mongoose).collection
  const records = new Map<OrderId, OrderRecord>()
  const written = new Set<OrderId>()
  /** The writes of the previous round, some of which did not match. */
  const tried = new Map<OrderId, OrderRecord>()

  const changeIn = (before: OrderRecord): ReadonlyArray<Change> =>
    Option.toArray(decide(before)).map((after) => ({ before, after }))

  /** Changes to orders that are remembered, without a read. That an order needs no change is never taken from memory. */
  const recall = (id: OrderId): ReadonlyArray<Change> => {
    const before = remembered?.get(id)
    return before === undefined ? [] : changeIn(before)
  }

  const read = Effect.fnUntraced(function* (open: ReadonlyArray<OrderId>) {
    if (open.length === 0) return []
    const found = yield* connection.run(() => orders.find(byIds(open), { hint: idHint }).toArray())
    return found.flatMap(readable).flatMap((before) => {
      const { id } = before.order
      const after = tried.get(id)
      if (after !== undefined && isSameWrite(before.order, after.order)) written.add(id)
      records.set(id, before)
      return changeIn(before)
    })
  })

  /**
   * Whether all were written: each order is matched once at most, so the count tells. `updateOne` would
   * do the same for one, but the driver sends it as retryable, and then the server keeps a record of every single
   * one, a quarter of its work. A claimant that asks again after a lost answer finds the orders that it won.
   */
  const write = (changes: ReadonlyArray<Change>) =>
    connection.run(async () => {
      const { matchedCount } = await orders.bulkWrite(writesOf(changes), { ordered: false })
      return matchedCount === changes.length
    })

  let known: ReadonlyArray<Change> = ids.flatMap(recall)
  let open: ReadonlyArray<OrderId> = ids
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
