// Orders: bodies and endpoints.
import * as z from "zod"
import {
  confirmationStates,
  noticeStates,
  orderStatuses
} from "../../services/orders/model/OrderStatus.ts"
import { cursorOf, pageOf } from "./cursor.ts"
import {
  ConditionalHeaders,
  Currency,
  Id,
  IdempotencyHeaders,
  LastEventHeaders,
  Limit,
  OrderId,
  OrderIdParams,
  OrderNumber,
  OrderParams,
  Quantity,
  Reason,
  Replayed,
  Sku,
  Timestamp,
  timeExample,
  UnitPrice
} from "./fields.ts"
import { named } from "./operation.ts"

/** One event of a stream. OpenAPI 3.1 has no words for a stream: its readers take the schema for that of each event. */
const TimelineEvent = z
  .looseObject({
    id: z.string().meta({ description: "The entry's index", example: "1" }),
    data: z.string().meta({
      description: "The entry, as JSON",
      contentMediaType: "application/json",
      example: '{"status":"confirmed","at":"2026-01-31T12:00:00.120Z"}'
    })
  })
  .meta({ id: "TimelineEvent" })

/** Prices are not asked for: they are the catalogue's. */
export const OrderBody = z
  .strictObject({
    items: z
      .array(z.strictObject({ sku: Sku, quantity: Quantity }))
      .min(1)
      .max(50)
      .meta({ description: "Lines; several of one SKU count together" })
  })
  .meta({ id: "OrderInput" })

export const CancelBody = z
  .strictObject({
    reason: Reason.nullish().meta({
      description: "Why; it stays in the timeline",
      example: "ordered twice"
    })
  })
  .meta({ id: "OrderCancellation" })

const Status = z.enum(orderStatuses)

export const OrdersQuery = z.strictObject({
  status: Status.optional(),
  cursor: cursorOf(Id).optional(),
  limit: Limit
})

const total = z.int().min(0).meta({ description: "Minor units", example: 4980 })

export const Order = z
  .object({
    id: OrderId,
    number: OrderNumber,
    userId: Id,
    status: Status,
    items: z.array(
      z.object({
        sku: Sku,
        name: z.string().meta({ example: "Coffee beans, 1 kg" }),
        quantity: z.int().min(1).meta({ example: 2 }),
        unitPrice: UnitPrice
      })
    ),
    total,
    currency: Currency,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    version: z.int().meta({ description: "Grows with every change", example: 1 }),
    timeline: z
      .array(z.object({ status: Status, at: Timestamp, reason: z.string().optional() }))
      .meta({ example: [{ status: "pending", at: timeExample }] }),
    confirmation: z
      .object({ state: z.enum(confirmationStates), at: Timestamp.optional() })
      .meta({ description: "The confirmation mail", example: { state: "waiting" } }),
    notice: z
      .object({ state: z.enum(noticeStates), at: Timestamp.optional() })
      .optional()
      .meta({
        description: "The mail about the order's end: fulfilled, cancelled or failed",
        example: { state: "waiting" }
      })
  })
  .meta({ id: "Order" })

export const OrderPage = pageOf(Order, "OrderPage")

const ETag = z.string().meta({ description: "This version of the order" })
const XCache = z.enum(["hit", "miss", "bypass"]).meta({
  description:
    "Whether the order came from the cache (only for reads by id); `bypass`: the cache is unavailable"
})

export const orderOperations = named({
  placeOrder: {
    tag: "Orders",
    method: "post",
    path: "/api/orders",
    caller: "user",
    summary: "Place an order",
    description:
      "All lines are placed, or none. With an `Idempotency-Key` a retry returns the order that was created, and never creates a second one; a refused request changed nothing and may be sent again under its key.",
    headers: IdempotencyHeaders,
    body: OrderBody,
    example: { items: [{ sku: "coffee-1kg", quantity: 2 }] },
    answers: {
      201: {
        description: "Placed",
        body: Order,
        headers: {
          Location: z.string().meta({ description: "Path of the order" }),
          "Idempotency-Replayed": Replayed
        }
      }
    },
    errors: ["out_of_stock", "unknown_sku", "mixed_currency", "idempotency_mismatch"]
  },
  listOrders: {
    tag: "Orders",
    method: "get",
    path: "/api/orders",
    caller: "user",
    summary: "Own orders, newest first",
    query: OrdersQuery,
    answers: { 200: { description: "A page of orders", body: OrderPage } },
    errors: []
  },
  getOrder: {
    tag: "Orders",
    method: "get",
    path: "/api/orders/:id",
    caller: "owner",
    summary: "One order",
    description: "By its id or its number. The `ETag` is the same for both.",
    params: OrderParams,
    headers: ConditionalHeaders,
    answers: {
      200: { description: "The order", body: Order, headers: { ETag, "X-Cache": XCache } },
      304: {
        description: "The client has this version",
        headers: { ETag, "X-Cache": XCache }
      }
    },
    errors: ["not_found"]
  },
  followOrder: {
    tag: "Orders",
    method: "get",
    path: "/api/orders/:id/events",
    caller: "owner",
    summary: "Follow the changes of an order",
    description:
      "Server-sent events. Each is an entry of the order's `timeline`, as JSON, and its id is the entry's index. A comment is sent every 15 seconds. The stream ends when the order is settled, within a minute after its session has ended, and when the server stops; a client then connects again with `Last-Event-ID`, and is answered 204 if no more events will come. A user may have 10 streams open (`rate_limited`).",
    params: OrderIdParams,
    headers: LastEventHeaders,
    answers: {
      200: { description: "The entries", type: "text/event-stream", body: TimelineEvent },
      204: { description: "The order is settled, and the client has all of its entries" }
    },
    errors: ["not_found"]
  },
  cancelOrder: {
    tag: "Orders",
    method: "post",
    path: "/api/orders/:id/cancel",
    caller: "owner",
    summary: "Cancel an order",
    description: "Its stock is available again.",
    params: OrderIdParams,
    body: CancelBody,
    bodyIsOptional: true,
    example: { reason: "ordered twice" },
    answers: { 200: { description: "Cancelled", body: Order } },
    errors: ["not_found", "not_cancellable"]
  }
})
