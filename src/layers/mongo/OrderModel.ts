// How orders are stored: the order at the top level, beside it what its owner never sees. `work`,
// `claim`, `needsAttention` and `idempotencyKey` are absent rather than null, so that their indexes hold
// only live entries.
import { Option } from "effect"
import { Schema } from "mongoose"
import type { OrderId } from "../../services/ids.ts"
import {
  type Attention,
  type MailClaim,
  type Order,
  OrderRecord,
  type Work
} from "../../services/orders/model/Order.ts"
import { confirmationStates, orderStatuses } from "../../services/orders/model/OrderStatus.ts"
import { checked, decoder, modelOf } from "./document.ts"

export interface OrderDocument extends Omit<Order, "id"> {
  _id: OrderId
  idempotencyKey?: string
  work?: Work
  claim?: MailClaim
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

const attention = new Schema<Attention>(
  { reason: { type: String, required: true }, at: { type: Date, required: true } },
  part
)

/** One order per request, over all processes. */
export const requestIndex = { userId: 1, idempotencyKey: 1 } as const

const schema = new Schema<OrderDocument>(
  {
    _id: { type: String, required: true },
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
    mailRequest: Number,
    needsAttention: attention
  },
  { collection: "orders", versionKey: false }
)
// A user's orders, newest first: ids sort by creation.
schema.index({ userId: 1, _id: -1 })
schema.index({ userId: 1, status: 1, _id: -1 })
schema.index(requestIndex, {
  unique: true,
  partialFilterExpression: { idempotencyKey: { $exists: true } }
})
// What the watchdog looks for (pending) and what the mail loop looks for (confirmed): as small as the backlog,
// however many orders there are, and neither has to pass the other's.
schema.index(
  { status: 1, "work.dueAt": 1 },
  { partialFilterExpression: { "work.dueAt": { $exists: true } } }
)
// What an operator looks for.
schema.index(
  { "needsAttention.at": 1 },
  { partialFilterExpression: { "needsAttention.at": { $exists: true } } }
)

export const orderModel = modelOf<OrderDocument>("Order", schema)

export const toOrderDocument = ({
  order: { id, ...order },
  idempotencyKey,
  work,
  claim,
  mailRequest,
  needsAttention
}: OrderRecord): OrderDocument =>
  checked(schema, {
    _id: id,
    ...order,
    ...(Option.isNone(idempotencyKey) ? {} : { idempotencyKey: idempotencyKey.value }),
    ...(Option.isNone(work) ? {} : { work: work.value }),
    ...(Option.isNone(claim) ? {} : { claim: claim.value }),
    ...(mailRequest === 0 ? {} : { mailRequest }),
    ...(Option.isNone(needsAttention) ? {} : { needsAttention: needsAttention.value })
  })

export const toOrderRecord = decoder(OrderRecord, (document: OrderDocument) => ({
  order: { ...document, id: document._id },
  idempotencyKey: Option.fromUndefinedOr(document.idempotencyKey),
  work: Option.fromUndefinedOr(document.work),
  claim: Option.fromUndefinedOr(document.claim),
  mailRequest: document.mailRequest ?? 0,
  needsAttention: Option.fromUndefinedOr(document.needsAttention)
}))
