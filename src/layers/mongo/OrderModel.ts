// How orders are stored: the order's own fields at the top level, and fields that its owner never sees. `notice`,
// `work`, `claim`, `needsAttention` and `idempotencyKey` are absent rather than null, so that their indexes hold only
// live entries.
import { Option } from "effect"
import { Schema } from "mongoose"
import type { OrderId, OrderNumber } from "../../services/ids.ts"
import {
  type Attention,
  type MailClaim,
  type Notice,
  type Order,
  OrderRecord,
  type Work
} from "../../services/orders/model/Order.ts"
import {
  confirmationStates,
  noticeStates,
  orderStatuses
} from "../../services/orders/model/OrderStatus.ts"
import { bucketOf, numberOf } from "../../services/orders/model/orderNumber.ts"
import { checked, decoder, modelOf } from "./document.ts"
import { fillNumbers } from "./fillNumbers.ts"

/**
 * The work and the claim of a fulfilled, cancelled or failed order are within its notice: processes of the previous version
 * take `work` and `claim` away from such an order, and leave alone what they do not know.
 */
export interface StoredNotice extends Notice {
  work?: Work
  claim?: MailClaim
}

export interface OrderDocument extends Omit<Order, "id" | "number" | "notice"> {
  _id: OrderId
  /**
   * Of the order's user: what a sharded collection is sharded by. Absent where the previous version has stored the
   * order, which filters call null.
   */
  bucket?: number | null
  /** Absent where `bucket` is. */
  number?: OrderNumber
  idempotencyKey?: string
  work?: Work
  claim?: MailClaim
  notice?: StoredNotice
  /** Absent: 0. */
  mailRequest?: number
  needsAttention?: Attention
}

const part = { _id: false } as const

const item = new Schema<Order["items"][number]>(
  {
    sku: { type: String, required: true },
    name: { type: String, required: true },
    quantity: { type: Number, required: true },
    unitPrice: { type: Number, required: true }
  },
  part
)

const timelineEntry = new Schema<Order["timeline"][number]>(
  {
    status: { type: String, enum: orderStatuses, required: true },
    at: { type: Date, required: true },
    reason: String
  },
  part
)

const confirmation = new Schema<Order["confirmation"]>(
  { state: { type: String, enum: confirmationStates, required: true }, at: Date },
  part
)

const work = new Schema<Work>(
  {
    dueAt: { type: Date, required: true },
    resends: { type: Number, required: true },
    unknownSends: Number,
    failures: Number,
    traceparent: String
  },
  part
)

const claim = new Schema<MailClaim>(
  { id: { type: String, required: true }, leaseUntil: { type: Date, required: true } },
  part
)

const notice = new Schema<StoredNotice>(
  { state: { type: String, enum: noticeStates, required: true }, at: Date, work, claim },
  part
)

const attention = new Schema<Attention>(
  { reason: { type: String, required: true }, at: { type: Date, required: true } },
  part
)

// Each index that is unique or serves a request begins with the bucket: so a sharded collection keeps them unique, and
// asks one shard.

/** One order per number. */
export const numberIndex = { bucket: 1, number: 1 } as const

/** One order per request, over all processes. */
export const requestIndex = { bucket: 1, userId: 1, idempotencyKey: 1 } as const

/** A user's orders, newest first: ids sort by creation. */
export const userIndex = { bucket: 1, userId: 1, _id: -1 } as const
export const statusIndex = { bucket: 1, userId: 1, status: 1, _id: -1 } as const

export const workIndex = { status: 1, "work.dueAt": 1 } as const
export const noticeIndex = { "notice.work.dueAt": 1 } as const
export const attentionIndex = { "needsAttention.at": 1 } as const

/**
 * What operators search by, newest first. Status and mail are one index: each of them alone has so few values that the
 * server merges what belongs to each.
 */
export const stateIndex = { status: 1, "confirmation.state": 1, _id: -1 } as const
/** An entry for each line, which no change of the order moves. */
export const skuIndex = { "items.sku": 1, _id: -1 } as const
/** As `stateIndex`, of the orders that an operator should look at. */
export const flaggedIndex = { "confirmation.state": 1, status: 1, _id: -1 } as const

const schema = new Schema<OrderDocument>(
  {
    _id: { type: String, required: true },
    bucket: { type: Number, required: true },
    number: { type: String, required: true },
    userId: { type: String, required: true },
    status: { type: String, enum: orderStatuses, required: true },
    items: { type: [item], required: true },
    total: { type: Number, required: true },
    currency: { type: String, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    version: { type: Number, required: true },
    timeline: { type: [timelineEntry], required: true },
    confirmation: { type: confirmation, required: true },
    idempotencyKey: String,
    work,
    claim,
    notice,
    mailRequest: Number,
    needsAttention: attention
  },
  { collection: "orders", versionKey: false }
)
schema.index(userIndex)
schema.index(numberIndex, {
  unique: true,
  partialFilterExpression: { number: { $exists: true } }
})
schema.index(statusIndex)
schema.index(requestIndex, {
  unique: true,
  partialFilterExpression: { idempotencyKey: { $exists: true } }
})
// What the watchdog looks for (pending) and what the mail loop looks for (confirmed): as small as the backlog,
// however many orders there are, and neither has to pass the other's.
schema.index(workIndex, { partialFilterExpression: { "work.dueAt": { $exists: true } } })
// The mail loop's second query: the notices that are due.
schema.index(noticeIndex, { partialFilterExpression: { "notice.work.dueAt": { $exists: true } } })
// What an operator looks for.
const ofFlagged = { partialFilterExpression: { "needsAttention.at": { $exists: true } } }
schema.index(attentionIndex, ofFlagged)
schema.index(flaggedIndex, ofFlagged)
schema.index(stateIndex)
schema.index(skuIndex)

export const orderModel = modelOf<OrderDocument>("Order", schema, {
  fill: (orders) => fillNumbers(orders, userIndex),
  // The first finds the orders to fill, the second keeps numbers unique meanwhile.
  filledWith: [userIndex, numberIndex],
  // Of the previous version. Its processes name one of them in what they ask, and its orders, which have no bucket,
  // are unique by it.
  outdated: [
    { userId: 1, _id: -1 },
    { userId: 1, status: 1, _id: -1 },
    { userId: 1, idempotencyKey: 1 }
  ]
})

/** Within the notice where there is one. */
const stored = (
  notice: Notice | undefined,
  workAndClaim: Pick<StoredNotice, "work" | "claim">
): Pick<OrderDocument, "work" | "claim" | "notice"> =>
  notice === undefined ? workAndClaim : { notice: { ...notice, ...workAndClaim } }

export const toOrderDocument = ({
  order: { id, number, notice: noticed, ...order },
  idempotencyKey,
  work,
  claim,
  mailRequest,
  needsAttention
}: OrderRecord): OrderDocument =>
  checked(schema, {
    _id: id,
    // The check refuses what is missing.
    bucket: bucketOf(order.userId ?? ""),
    number,
    ...order,
    ...(Option.isNone(idempotencyKey) ? {} : { idempotencyKey: idempotencyKey.value }),
    ...stored(noticed, {
      ...(Option.isNone(work) ? {} : { work: work.value }),
      ...(Option.isNone(claim) ? {} : { claim: claim.value })
    }),
    ...(mailRequest === 0 ? {} : { mailRequest }),
    ...(Option.isNone(needsAttention) ? {} : { needsAttention: needsAttention.value })
  })

export const toOrderRecord = decoder(OrderRecord, (document: OrderDocument) => ({
  order: {
    ...document,
    id: document._id,
    number: document.number ?? numberOf(document._id, document.userId)
  },
  idempotencyKey: Option.fromUndefinedOr(document.idempotencyKey),
  work: Option.fromUndefinedOr((document.notice ?? document).work),
  claim: Option.fromUndefinedOr((document.notice ?? document).claim),
  mailRequest: document.mailRequest ?? 0,
  needsAttention: Option.fromUndefinedOr(document.needsAttention)
}))
