// The order as its owner sees it, and what the system stores with it to finish the work.
import { Schema } from "effect"
import { OrderId, OrderNumber, UserId } from "../../ids.ts"
import { Currency, MinorUnits } from "../../products/model/money.ts"
import { Quantity, UnitPrice } from "../../products/model/Product.ts"
import { confirmationStates, noticeStates, orderStatuses } from "./OrderStatus.ts"

/** A line of an order: name and price are those at the time of placing. */
export const OrderItem = Schema.Struct({
  sku: Schema.String,
  name: Schema.String,
  quantity: Quantity,
  unitPrice: UnitPrice
})
export type OrderItem = typeof OrderItem.Type

export const TimelineEntry = Schema.Struct({
  status: Schema.Literals(orderStatuses),
  at: Schema.Date,
  reason: Schema.optionalKey(Schema.String)
})
export type TimelineEntry = typeof TimelineEntry.Type

export const Confirmation = Schema.Struct({
  state: Schema.Literals(confirmationStates),
  at: Schema.optionalKey(Schema.Date)
})
export type Confirmation = typeof Confirmation.Type

/** The mail about a change after the confirmation. */
export const Notice = Schema.Struct({
  state: Schema.Literals(noticeStates),
  at: Schema.optionalKey(Schema.Date)
})
export type Notice = typeof Notice.Type

export const Order = Schema.Struct({
  id: OrderId,
  /** Unique: the name of the order for people. */
  number: OrderNumber,
  userId: UserId,
  status: Schema.Literals(orderStatuses),
  items: Schema.Array(OrderItem),
  total: MinorUnits,
  currency: Currency,
  createdAt: Schema.Date,
  updatedAt: Schema.Date,
  /** Grows by one with every write that a reader can see: the fence of the cache, and the ETag. */
  version: Schema.Int,
  timeline: Schema.Array(TimelineEntry),
  confirmation: Confirmation,
  /** Of an order that was fulfilled, cancelled or failed; absent if a process of the previous version did it. */
  notice: Schema.optionalKey(Notice)
})
export type Order = typeof Order.Type

export const ClaimId = Schema.String.pipe(Schema.brand("ClaimId"))
export type ClaimId = typeof ClaimId.Type

/** The worker that sends the due mail, and until when no other may. */
export const MailClaim = Schema.Struct({ id: ClaimId, leaseUntil: Schema.Date })
export type MailClaim = typeof MailClaim.Type

/** Present exactly while the order has open work (see `hasWork`). */
export const Work = Schema.Struct({
  /** When a worker checks the order: then a pending one is overdue, and the mail of every other one is due. */
  dueAt: Schema.Date,
  /** How often the watchdog took the order. */
  resends: Schema.Int,
  /** How many sends of the mail had an unknown outcome. */
  unknownSends: Schema.optionalKey(Schema.Int),
  /** How many attempts at the mail died of a defect. */
  failures: Schema.optionalKey(Schema.Int),
  /** W3C trace context of the request that placed the order, absent without one. */
  traceparent: Schema.optionalKey(Schema.String)
})
export type Work = typeof Work.Type

/** Set if processing an order failed repeatedly: an operator should check it. */
export const Attention = Schema.Struct({ reason: Schema.String, at: Schema.Date })
export type Attention = typeof Attention.Type

/** An order with the fields that its owner never sees. */
export const OrderRecord = Schema.Struct({
  order: Order,
  idempotencyKey: Schema.Option(Schema.String),
  work: Schema.Option(Work),
  claim: Schema.Option(MailClaim),
  /** How often an operator requested another mail: the outcome of an earlier request changes nothing. */
  mailRequest: Schema.Int,
  /** Only for an order with work. It stops nothing: workers keep retrying. */
  needsAttention: Schema.Option(Attention)
})
export type OrderRecord = typeof OrderRecord.Type

/** The order as JSON, exactly as it is stored in the cache and sent to clients. */
export const encodeOrder = (order: Order): string => JSON.stringify(order)
