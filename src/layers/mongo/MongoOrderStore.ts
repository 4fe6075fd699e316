// Orders in MongoDB. What moves stock is a transaction; every other change of an order is one write
// guarded by its version. All reads and writes are of the majority.
import { Effect, Layer, Option } from "effect"
import type { OrderId } from "../../services/ids.ts"
import {
  applyCommand,
  applyMailOutcome,
  applyMailRequest,
  decideClaim
} from "../../services/orders/model/changes.ts"
import type { ClaimOutcome, MailRecord } from "../../services/orders/model/mailClaims.ts"
import type { Order, OrderRecord } from "../../services/orders/model/Order.ts"
import { transitions } from "../../services/orders/model/OrderStatus.ts"
import { afterResend } from "../../services/orders/model/work.ts"
import {
  type ChangeOutcome,
  OrderStore,
  OrderStoreError
} from "../../services/orders/ports/OrderStore.ts"
import { addSeconds } from "../../services/time.ts"
import { leastRecentlyUsed } from "../runtime/leastRecentlyUsed.ts"
import { changeOf, changeOrders } from "./changeOrders.ts"
import { MongoConnection, runFor } from "./MongoConnection.ts"
import { type OrderDocument, orderModel, toOrderRecord } from "./OrderModel.ts"
import { moveStock, placeOrders } from "./placeOrders.ts"
import { sharedReads } from "./sharedReads.ts"
import { conflict, makeTransact, withDeadline } from "./transaction.ts"

/** How many overdue orders one watchdog takes at the same time: less than the connection pool has. */
const takingConcurrency = 16

/** After how long a claim that others kept from being written may be tried again. */
const contendedSeconds = 1

/** More than a worker has in flight; about 2 MB when full. */
const rememberedClaims = 1000

const unavailable = (operation: string) => (error: { readonly cause: unknown }) =>
  new OrderStoreError({ operation, cause: error.cause })

export const layer: Layer.Layer<OrderStore, never, MongoConnection> = Layer.effect(
  OrderStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const run = runFor(connection, OrderStoreError)
    const transact = yield* makeTransact(connection)
    const orders = orderModel(connection.mongoose).collection
    // What came of a mail follows its claim within a moment, and mostly from the same process.
    const claimed = leastRecentlyUsed<OrderId, OrderRecord>(rememberedClaims)

    const read = yield* sharedReads((ids: ReadonlyArray<OrderId>) =>
      run("find", async () => {
        const documents = await orders.find({ _id: { $in: [...ids] } }).toArray()
        return new Map(documents.map((document) => [document._id, document]))
      })
    )

    // Each reader decodes: a damaged document is nobody else's defect.
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
          const document = await orders.findOne({ _id: id }, { session })
          if (document === null) return Option.none()
          const record = toOrderRecord(document)
          const next = decide(record)
          if (Option.isNone(next)) return Option.some({ order: record.order, moved: false })
          signal.throwIfAborted()
          const { filter, update } = changeOf(record, next.value)
          const { matchedCount } = await orders.updateOne(filter, update, { session })
          if (matchedCount === 0) throw conflict(`order ${id} changed meanwhile`)
          if (returnsStock)
            await moveStock(connection.mongoose, record.order.items, "return", session)
          return Option.some({ order: next.value.order, moved: true })
        },
        // Another run would find the order changed and could not tell by whom.
        { repeatable: false }
      ).pipe(withDeadline, Effect.mapError(unavailable(operation)))

    /** The order's id, if nobody else took it since it was read. */
    const take = ({ _id, work }: Pick<OrderDocument, "_id" | "work">, at: Date) =>
      run("takeOverdue", async () => {
        if (work === undefined) return []
        const { matchedCount } = await orders.updateOne(
          { _id, "work.dueAt": work.dueAt, "work.resends": work.resends },
          { $set: { work: afterResend(work, at) } }
        )
        return matchedCount === 0 ? [] : [_id]
      })

    return OrderStore.of({
      place: (drafts) =>
        placeOrders(connection.mongoose, transact, drafts).pipe(
          withDeadline,
          Effect.mapError(unavailable("place"))
        ),

      find,

      list: ({ userId, status, before, limit }) =>
        run("list", async () => {
          const documents = await orders
            .find({
              userId,
              ...(Option.isSome(status) ? { status: status.value } : {}),
              ...(Option.isSome(before) ? { _id: { $lt: before.value } } : {})
            })
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

      claim: ({ orderIds, ...request }) =>
        changeOrders(connection, orderIds, (record) => decideClaim(record, request).next).pipe(
          Effect.mapError(unavailable("claim")),
          Effect.map(({ records, contended }) => {
            const outcomeOf = (id: OrderId): ClaimOutcome => {
              const record = records.get(id)
              if (record === undefined) return { _tag: "Missing" }
              if (contended.has(id))
                return { _tag: "Held", until: addSeconds(request.at, contendedSeconds) }
              const { outcome } = decideClaim(record, request)
              if (outcome._tag === "Claimed") claimed.set(id, record)
              return outcome
            }
            return new Map(orderIds.map((id) => [id, outcomeOf(id)]))
          })
        ),

      renewClaims: ({ orderIds, claimId, at, leaseUntil }) =>
        run("renewClaims", async () => {
          const held = {
            _id: { $in: [...orderIds] },
            "claim.id": claimId,
            "claim.leaseUntil": { $gt: at }
          }
          await orders.updateMany(held, { $max: { "claim.leaseUntil": leaseUntil } })
          const found = await orders.find(held, { projection: { _id: 1 } }).toArray()
          return found.map(({ _id }) => _id)
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

      takeOverdue: Effect.fnUntraced(function* (at, limit) {
        const overdue = yield* run("takeOverdue", () =>
          orders
            .find({ "work.dueAt": { $lte: at } })
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

      flagAttention: (ids, reason, at) =>
        run("flagAttention", async () => {
          await orders.updateMany(
            {
              _id: { $in: [...ids] },
              work: { $exists: true },
              needsAttention: { $exists: false }
            },
            { $set: { needsAttention: { reason, at } } }
          )
        }),

      listAttention: (limit) =>
        run("listAttention", async () => {
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
