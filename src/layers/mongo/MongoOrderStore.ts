// Orders in MongoDB. A change that moves stock is a transaction; every other change of an order is one write that is
// guarded by its version. All reads and writes are of the majority.
import { Array as Arr, Effect, Layer, Option, Result } from "effect"
import type { mongo } from "mongoose"
import type { OrderId } from "../../services/ids.ts"
import {
  applyCommand,
  applyMailOutcome,
  applyMailRequest,
  isSending,
  mailDueAt,
  takenOverAt,
  toClaimedMail
} from "../../services/orders/model/changes.ts"
import type { ClaimRequest, MailRecord } from "../../services/orders/model/mailClaims.ts"
import type { ClaimId, Order, OrderRecord } from "../../services/orders/model/Order.ts"
import { isAllowed, transitions } from "../../services/orders/model/OrderStatus.ts"
import {
  afterFailure,
  afterTaking,
  clockMarginSeconds,
  comparedByAge,
  endOfTime,
  needsFlag
} from "../../services/orders/model/work.ts"
import {
  type ChangeOutcome,
  OrderStore,
  OrderStoreError,
  type Unreadable
} from "../../services/orders/ports/OrderStore.ts"
import { inCommitSpan } from "../../services/orders/steps/commitSpan.ts"
import { inRecordedSpan } from "../../services/spans.ts"
import { addSeconds } from "../../services/time.ts"
import { leastRecentlyUsed } from "../runtime/leastRecentlyUsed.ts"
import { callSpan } from "./callSpan.ts"
import { changeOf, changeOrders } from "./changeOrders.ts"
import { countKeys } from "./countKeys.ts"
import { MongoConnection, runFor } from "./MongoConnection.ts"
import {
  noticeIndex,
  numberIndex,
  type OrderDocument,
  orderModel,
  statusIndex,
  toOrderRecord,
  userIndex,
  workIndex
} from "./OrderModel.ts"
import { bucketsOf, byId, byIds, byNumber, idHint } from "./orderFilters.ts"
import { moveStock, placeOrders } from "./placeOrders.ts"
import { sharedReads } from "./sharedReads.ts"
import { conflict, makeTransact, withDeadline } from "./transaction.ts"

/** How many overdue orders one watchdog takes at the same time: less than the connection pool has. */
const takingConcurrency = 16

/** More than a worker has in flight; about 2 MB when full. */
const rememberedClaims = 1000

/** How long the server counts at most. */
const countMillis = 2000

const unavailable = (operation: string) => (error: { readonly cause: unknown }) =>
  new OrderStoreError({ operation, cause: error.cause })

export const layer: Layer.Layer<OrderStore, never, MongoConnection> = Layer.effect(
  OrderStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const transact = yield* makeTransact(connection)
    const orders = orderModel(connection.mongoose).collection
    const commitCall = { collection: orders.collectionName, command: "commitTransaction" }
    const run = runFor(connection, orders.collectionName, OrderStoreError)
    // What came of a mail follows its claim within a moment, and mostly from the same process.
    const claimed = leastRecentlyUsed<OrderId, OrderRecord>(rememberedClaims)

    const read = yield* sharedReads((ids: ReadonlyArray<OrderId>) =>
      run("find", "find", async () => {
        const documents = await orders.find(byIds(ids), { hint: idHint }).toArray()
        return new Map(documents.map((document) => [document._id, document]))
      })
    )

    // Each reader decodes, so that a damaged document fails its own readers only.
    const find = (id: OrderId) =>
      Effect.map(
        read(id),
        Option.map((document) => toOrderRecord(document).order)
      )

    const move = (
      operation: string,
      id: OrderId,
      decide: (record: OrderRecord) => Option.Option<OrderRecord>,
      returnsStock: boolean
    ) =>
      transact<Option.Option<ChangeOutcome>>(
        async ({ session, signal }) => {
          const document = await orders.findOne(byId(id), { session, hint: idHint })
          if (document === null) return Option.none()
          const record = toOrderRecord(document)
          const next = decide(record)
          const { order: before } = record
          if (Option.isNone(next)) return Option.some({ order: before, before, moved: false })
          signal.throwIfAborted()
          const { filter, update } = changeOf(record, next.value)
          const { matchedCount } = await orders.updateOne(filter, update, { session, hint: idHint })
          if (matchedCount === 0) throw conflict(`order ${id} changed meanwhile`)
          if (returnsStock)
            await moveStock(connection.mongoose, record.order.items, "return", session)
          return Option.some({ order: next.value.order, before, moved: true })
        },
        // Another run would find the order changed and could not tell by whom.
        { repeatable: false }
      ).pipe(withDeadline, Effect.mapError(unavailable(operation)), (transaction) =>
        inRecordedSpan(transaction, () => callSpan(connection.mongoose, commitCall))
      )

    /** The order's id, if no other process took the order since it was read. */
    const take = ({ _id, work }: Pick<OrderDocument, "_id" | "work">, at: Date) =>
      run("takeOverdue", "updateOne", async () => {
        if (work === undefined) return []
        const { matchedCount } = await orders.updateOne(
          { ...byId(_id), "work.dueAt": work.dueAt, "work.resends": work.resends },
          { $set: { work: afterTaking({ ...work, resends: countIn(work.resends) }, at) } },
          { hint: idHint }
        )
        return matchedCount === 0 ? [] : [_id]
      })

    /** Of a filter by ids. Each document by itself: an unreadable one is its own defect. */
    const readEach = (
      operation: string,
      filter: mongo.Filter<OrderDocument>,
      decode: (document: OrderDocument) => OrderRecord
    ) =>
      Effect.map(
        run(operation, "find", () => orders.find(filter, { hint: idHint }).toArray()),
        (documents) => {
          const [records, broken] = Arr.partition(documents, (document) =>
            Result.try({
              try: () => decode(document),
              catch: (defect) => ({ document, defect })
            })
          )
          return { records, broken }
        }
      )

    /** Counts a failure of each due mail whose order cannot be read, and ends the claim on it. */
    const putOff = (broken: ReadonlyArray<Broken>, at: Date) =>
      run("claimMails", "updateOne", async () => {
        for (const { document, defect } of broken) {
          const path = document.notice === undefined ? workPath : noticePath
          const due = (document.notice ?? document).work ?? { dueAt: at, resends: 0 }
          const work = afterFailure({ ...due, failures: countIn(due.failures) }, at)
          const reason = `the order cannot be read: ${String(defect)}`
          const flags = needsFlag(work) && document.needsAttention === undefined
          await orders.updateOne(
            // Of several senders one counts it, also where none could claim it.
            { ...byId(document._id), [path.dueAt]: due.dueAt },
            {
              $set: {
                [path.dueAt]: work.dueAt,
                [path.failures]: work.failures,
                ...path.waiting,
                ...(flags ? { needsAttention: { reason, at } } : {})
              },
              $unset: { [path.claim]: true }
            },
            { hint: idHint }
          )
        }
      })

    const findDue = (filter: mongo.Filter<OrderDocument>, path: MailPath, limit: number) =>
      run("findDueMails", "find", async () => {
        const due = await orders
          .find(filter, { hint: path.index })
          .sort({ [path.dueAt]: 1 })
          .limit(limit)
          .project<{ _id: OrderId; dueAt: Date }>({ dueAt: `$${path.dueAt}` })
          .toArray()
        return due.map(({ _id, dueAt }) => ({ orderId: _id, dueAt }))
      })

    const findDueMails = Effect.fnUntraced(function* (at: Date, limit: number) {
      const [confirmations, notices] = yield* Effect.all(
        [
          findDue(overdueOf("confirmed", at), workPath, limit),
          findDue(noticesDue(at), noticePath, limit)
        ],
        { concurrency: "unbounded" }
      )
      if (notices.length === 0) return confirmations
      return [...confirmations, ...notices]
        .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
        .slice(0, limit)
    })

    const countDue = (filter: mongo.Filter<OrderDocument>, path: MailPath, limit: number) =>
      run("countDueMails", "count", () =>
        countKeys(orders, filter, { limit, hint: path.index, maxTimeMS: countMillis })
      )

    return OrderStore.of({
      place: (drafts) =>
        placeOrders(connection.mongoose, transact, drafts).pipe(
          withDeadline,
          Effect.mapError(unavailable("place")),
          (commit) =>
            inCommitSpan(commit, drafts, () =>
              callSpan(connection.mongoose, { ...commitCall, batch: drafts.length })
            )
        ),

      find,

      findByNumber: (number) =>
        Effect.map(
          run("findByNumber", "findOne", () =>
            orders.findOne(byNumber(number), { hint: numberIndex })
          ),
          (document) =>
            Option.map(Option.fromNullOr(document), (found) => toOrderRecord(found).order)
        ),

      list: ({ userId, status, before, limit }) =>
        run("list", "find", async () => {
          const documents = await orders
            .find({
              bucket: bucketsOf(userId),
              userId,
              ...(Option.isSome(status) ? { status: status.value } : {}),
              ...(Option.isSome(before) ? { _id: { $lt: before.value } } : {})
            })
            .hint(Option.isSome(status) ? statusIndex : userIndex)
            .sort({ _id: -1 })
            .limit(limit)
            .toArray()
          return documents.map((document) => toOrderRecord(document).order)
        }),

      change: (id, command, at, reason) =>
        move(
          "change",
          id,
          (record) => applyCommand(record, command, at, reason),
          transitions[command].returnsStock
        ),

      requestMail: (id, at) =>
        move("requestMail", id, (record) => applyMailRequest(record, at), false),

      // One write that reads nothing first: a batch costs the server a quarter of what a guarded write for each
      // of its orders costs. What it confirmed is then read as all else that was confirmed before.
      confirm: Effect.fnUntraced(function* (ids, at) {
        const { modifiedCount } = yield* run("confirm", "updateMany", () =>
          orders.updateMany({ ...byIds(ids), ...confirmable }, confirmUpdate(at), { hint: idHint })
        )
        const { records, broken } = yield* readEach("confirm", byIds(ids), toConfirmedRecord)
        return {
          count: modifiedCount,
          orders: records.map(({ order }) => order),
          unreadable: broken.map(toUnreadable)
        }
      }),

      takeOverdue: Effect.fnUntraced(function* (at, limit) {
        const overdue = yield* run("takeOverdue", "find", () =>
          orders
            .find(overdueOf("pending", at), { hint: workIndex })
            .sort({ "work.dueAt": 1 })
            .limit(limit)
            .project<Pick<OrderDocument, "_id" | "work">>({ work: 1 })
            .toArray()
        )
        const taken = yield* Effect.forEach(overdue, (document) => take(document, at), {
          concurrency: takingConcurrency
        })
        return taken.flat()
      }),

      findDueMails,

      countDueMails: Effect.fnUntraced(function* (at, limit) {
        const confirmations = yield* countDue(overdueOf("confirmed", at), workPath, limit)
        const notices = yield* countDue(noticesDue(at), noticePath, limit)
        const [oldest] = yield* findDueMails(at, 1)
        return {
          count: Math.min(confirmations + notices, limit),
          oldest: Option.map(Option.fromUndefinedOr(oldest), ({ dueAt }) => dueAt)
        }
      }),

      countUnsettled: Effect.fnUntraced(function* (status, limit) {
        const unsettled = overdueOf(status, endOfTime)
        const count = yield* run("countUnsettled", "count", () =>
          countKeys(orders, unsettled, { limit, hint: workIndex, maxTimeMS: countMillis })
        )
        const first = yield* run("countUnsettled", "find", () =>
          orders
            .find(unsettled, { hint: workIndex, maxTimeMS: countMillis })
            .sort({ "work.dueAt": 1 })
            .limit(Math.min(limit, comparedByAge))
            .project<{ createdAt?: unknown }>({ _id: 0, createdAt: 1 })
            .toArray()
        )
        return { count, oldest: oldestOf(first.map(({ createdAt }) => createdAt)) }
      }),

      claimMails: Effect.fnUntraced(function* ({ orderIds, ...request }) {
        const ids = byIds(orderIds)
        const { claimId, at } = request
        const claim = (
          filter: mongo.Filter<OrderDocument>,
          update: mongo.UpdateFilter<OrderDocument>
        ) =>
          run("claimMails", "updateMany", () =>
            orders.updateMany({ ...ids, ...filter }, update, { hint: idHint })
          )
        const { modifiedCount } = yield* claim(claimable(at), claimUpdate(request))
        // Most mails are confirmations: the second write is made where it may find something.
        if (modifiedCount < orderIds.length)
          yield* claim(claimableNotice(at), claimNoticeUpdate(request))
        const { records, broken } = yield* readEach(
          "claimMails",
          { ...ids, $or: [...claimedBy(claimId), ...unclaimable(at)] },
          toClaimedRecord(claimId)
        )
        for (const record of records) claimed.set(record.order.id, record)
        if (broken.length > 0) yield* putOff(broken, at)
        return { mails: records.map(toClaimedMail), unreadable: broken.map(toUnreadable) }
      }),

      recordMails: (mails) =>
        changeOrders(connection, idsOf(mails), (record) => applyMails(record, mails), {
          remembered: claimed
        }).pipe(
          Effect.mapError(unavailable("recordMails")),
          Effect.filterOrFail(
            ({ contended }) => contended.size === 0,
            ({ contended }) =>
              new OrderStoreError({
                operation: "recordMails",
                cause: new Error(
                  `others kept changing the orders ${Array.from(contended).join(", ")}`
                )
              })
          ),
          Effect.map(({ records, written }) => {
            for (const { orderId } of mails) claimed.delete(orderId)
            return Array.from(records.values()).flatMap(
              ({ order }): ReadonlyArray<Order> => (written.has(order.id) ? [order] : [])
            )
          })
        ),

      flagAttention: (ids, reason, at) =>
        run("flagAttention", "updateMany", async () => {
          await orders.updateMany(
            {
              ...byIds(ids),
              $or: [{ work: { $exists: true } }, { "notice.work": { $exists: true } }],
              needsAttention: { $exists: false }
            },
            { $set: { needsAttention: { reason, at } } },
            { hint: idHint }
          )
        }),

      listAttention: (limit) =>
        run("listAttention", "find", async () => {
          const flagged = await orders
            .find({ "needsAttention.at": { $exists: true } })
            .sort({ "needsAttention.at": 1 })
            .limit(limit)
            .project<Pick<OrderDocument, "_id" | "needsAttention">>({ needsAttention: 1 })
            .toArray()
          return flagged.flatMap(({ _id, needsAttention }) =>
            needsAttention === undefined ? [] : [{ orderId: _id, ...needsAttention }]
          )
        })
    })
  })
)

interface Broken {
  readonly document: OrderDocument
  readonly defect: unknown
}

const toUnreadable = ({ document, defect }: Broken): Unreadable => ({
  orderId: document._id,
  defect
})

/** Of documents that may be damaged. */
const oldestOf = (times: ReadonlyArray<unknown>): Option.Option<Date> => {
  const dates = times.filter((time) => time instanceof Date)
  return Option.fromUndefinedOr(dates.sort((a, b) => a.getTime() - b.getTime())[0])
}

/** A counter of a document that may be damaged. */
const countIn = (value: number | undefined): number =>
  value !== undefined && Number.isInteger(value) ? value : 0

/** The version of a new order; a stored version that is lower, or not a number, is damaged. */
const firstVersion = 1

/** Throws for an order that could not be confirmed, too. */
const toConfirmedRecord = (document: OrderDocument): OrderRecord => {
  const record = toOrderRecord(document)
  if (isAllowed(record.order.status, "confirm"))
    throw new Error("the order's version or work is damaged")
  return record
}

/** Throws for an order whose mail could not be claimed, too. */
const toClaimedRecord =
  (claimId: ClaimId) =>
  (document: OrderDocument): OrderRecord => {
    const record = toOrderRecord(document)
    if (!isSending(record, claimId)) throw new Error("the order's version is damaged")
    return record
  }

/**
 * What `applyConfirm` does, as a filter and an update. The filter leaves out damaged documents that the update does
 * not fit: the server would end the write of the whole batch at the first one.
 */
const confirmable: mongo.Filter<OrderDocument> = {
  status: { $in: [...transitions.confirm.from] },
  version: { $gte: firstVersion },
  timeline: { $type: "array" },
  "work.dueAt": { $type: "date" }
}

const confirmUpdate = (at: Date): mongo.UpdateFilter<OrderDocument> => ({
  $set: { status: transitions.confirm.to, updatedAt: at, "work.dueAt": mailDueAt(at) },
  $inc: { version: 1 },
  $push: { timeline: { status: transitions.confirm.to, at } }
})

/** Pending orders that are overdue, or confirmed ones whose mail is due. */
const overdueOf = (status: "pending" | "confirmed", at: Date) => ({
  status,
  "work.dueAt": { $lte: at }
})

interface MailPath {
  /** What finds the mails that are due. */
  readonly index: mongo.Document
  readonly dueAt: string
  readonly failures: string
  readonly claim: string
  /** A mail that waits, as fields. */
  readonly waiting: mongo.Document
}

/** Of confirmations. */
const workPath: MailPath = {
  index: workIndex,
  dueAt: "work.dueAt",
  failures: "work.failures",
  claim: "claim",
  waiting: { confirmation: { state: "waiting" } }
}

const noticePath: MailPath = {
  index: noticeIndex,
  dueAt: "notice.work.dueAt",
  failures: "notice.work.failures",
  claim: "notice.claim",
  waiting: { "notice.state": "waiting" }
}

const noticesDue = (at: Date): mongo.Filter<OrderDocument> => ({
  "notice.work.dueAt": { $lte: at }
})

/**
 * What `applyMailClaim` does, as a filter and an update. The filter leaves out damaged documents that the update
 * does not fit, which `unclaimable` finds. A claim whose lease is none counts as ended: else it would never end.
 */
const claimable = (at: Date): mongo.Filter<OrderDocument> => ({
  ...overdueOf("confirmed", mailDueAt(at)),
  version: { $gte: firstVersion },
  $or: [
    { "claim.leaseUntil": { $not: { $type: "date" } } },
    { "claim.leaseUntil": { $lte: addSeconds(at, -clockMarginSeconds) } }
  ]
})

/** The same for notices. */
const claimableNotice = (at: Date): mongo.Filter<OrderDocument> => ({
  ...noticesDue(at),
  version: { $gte: firstVersion },
  $or: [
    { "notice.claim.leaseUntil": { $not: { $type: "date" } } },
    { "notice.claim.leaseUntil": { $lte: addSeconds(at, -clockMarginSeconds) } }
  ]
})

const unclaimable = (at: Date): ReadonlyArray<mongo.Filter<OrderDocument>> =>
  [overdueOf("confirmed", mailDueAt(at)), noticesDue(at)].map((due) => ({
    ...due,
    version: { $not: { $gte: firstVersion } }
  }))

/** As `isSending`. */
const claimedBy = (claimId: ClaimId): ReadonlyArray<mongo.Filter<OrderDocument>> => [
  { "claim.id": claimId, "confirmation.state": "sending" },
  { "notice.claim.id": claimId, "notice.state": "sending" }
]

const claimUpdate = ({
  claimId,
  at,
  leaseUntil
}: Omit<ClaimRequest, "orderIds">): mongo.UpdateFilter<OrderDocument> => ({
  $set: {
    claim: { id: claimId, leaseUntil },
    "work.dueAt": takenOverAt(leaseUntil),
    confirmation: { state: "sending", at },
    updatedAt: at
  },
  $inc: { version: 1 }
})

const claimNoticeUpdate = ({
  claimId,
  at,
  leaseUntil
}: Omit<ClaimRequest, "orderIds">): mongo.UpdateFilter<OrderDocument> => ({
  $set: {
    "notice.claim": { id: claimId, leaseUntil },
    "notice.work.dueAt": takenOverAt(leaseUntil),
    "notice.state": "sending",
    "notice.at": at,
    updatedAt: at
  },
  $inc: { version: 1 }
})

const idsOf = (mails: ReadonlyArray<MailRecord>): ReadonlyArray<OrderId> =>
  Array.from(new Set(mails.map(({ orderId }) => orderId)))

/** All outcomes that belong to the order, in turn; none where they do not change it. */
const applyMails = (
  record: OrderRecord,
  mails: ReadonlyArray<MailRecord>
): Option.Option<OrderRecord> => {
  const after = mails
    .filter(({ orderId }) => orderId === record.order.id)
    .reduce(
      (current, mail) => Option.getOrElse(applyMailOutcome(current, mail), () => current),
      record
    )
  return after === record ? Option.none() : Option.some(after)
}
