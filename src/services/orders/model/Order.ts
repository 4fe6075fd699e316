// The order as its owner sees it, and what the system remembers besides it to finish the work.
import { Schema } from "effect"
import { OrderId, UserId } from "../../ids.ts"
import { Currency, MinorUnits } from "../../products/model/money.ts"
import { Quantity, UnitPrice } from "../../products/model/Product.ts"
import { confirmationStates, orderStatuses } from "./OrderStatus.ts"

/** A line of an order: name and price are those of the moment of placing. */
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

export const Order = Schema.Struct({
  id: OrderId,
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
  confirmation: Confirmation
})
export type Order = typeof Order.Type

export const ClaimId = Schema.String.pipe(Schema.brand("ClaimId"))
export type ClaimId = typeof ClaimId.Type

/** Who may send the confirmation mail, and until when nobody else may. */
export const MailClaim = Schema.Struct({ id: ClaimId, leaseUntil: Schema.Date })
export type MailClaim = typeof MailClaim.Type

/** Present exactly while the order is unsettled. */
export const Work = Schema.Struct({
  /** When the watchdog sends the order to the queue again. */
  dueAt: Schema.Date,
  /** How often it did. */
  resends: Schema.Int
})
export type Work = typeof Work.Type

/** Set where processing an order failed again and again: somebody should look at it. */
export const Attention = Schema.Struct({ reason: Schema.String, at: Schema.Date })
export type Attention = typeof Attention.Type

/** An order with what is stored beside it and never shown to its owner. */
export const OrderRecord = Schema.Struct({
  order: Order,
  idempotencyKey: Schema.Option(Schema.String),
  work: Schema.Option(Work),
  claim: Schema.Option(MailClaim),
  /** Only ever of an unsettled order. It holds nothing up: the watchdog goes on re-sending it. */
  needsAttention: Schema.Option(Attention)
})
export type OrderRecord = typeof OrderRecord.Type

/** The order as JSON, exactly as it is stored in the cache and sent to clients. */
export const encodeOrder = (order: Order): string => JSON.stringify(order)
