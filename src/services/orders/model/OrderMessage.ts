// The message in the queue: only the order's id, since the store has its state, and a version, so that an old worker
// recognises a newer format.
import { Schema } from "effect"
import { OrderId } from "../../ids.ts"

export const OrderMessage = Schema.Struct({
  v: Schema.Literal(1),
  type: Schema.Literal("order.placed"),
  orderId: OrderId.check(Schema.isNonEmpty())
})
export type OrderMessage = typeof OrderMessage.Type

const Json = Schema.fromJsonString(OrderMessage)

/** Decodes a message's body; fails for anything but a known version of a known message. */
export const decodeOrderMessage = Schema.decodeUnknownEffect(Json)

export const encodeOrderMessage = Schema.encodeSync(Json)

export const orderPlaced = (orderId: OrderId): OrderMessage => ({
  v: 1,
  type: "order.placed",
  orderId
})
