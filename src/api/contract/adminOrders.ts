// The operations by which operators search and read the orders of all users.
import * as z from "zod"
import {
  confirmationStates,
  noticeStates,
  orderStatuses
} from "../../services/orders/model/OrderStatus.ts"
import { maxRangeDays } from "../../services/orders/model/orderFilter.ts"
import { typedOrderNumber } from "../../services/orders/model/orderNumber.ts"
import { maxExported } from "../../services/orders/searchOrders.ts"
import { AuditEvent } from "./admin.ts"
import { AdminUser } from "./adminUsers.ts"
import { cursorOf, pageOf } from "./cursor.ts"
import { Email, Id, IdParams, Limit, Sku, Timestamp } from "./fields.ts"
import { named } from "./operation.ts"
import { Order } from "./orders.ts"

const rangeRule = `Some combinations of conditions need \`from\`, at most ${maxRangeDays} days before \`to\` (before now, without \`to\`); without it the answer is 400`

export const AdminOrdersQuery = z.strictObject({
  id: Id.optional(),
  number: z
    .string()
    .regex(typedOrderNumber, "must be an order number")
    .optional()
    .meta({ description: "The order's number, as people type it", example: "K7QF-2M9X" }),
  email: Email.optional().meta({
    description: "The address of the orders' user",
    example: "ada@example.com"
  }),
  sku: Sku.optional().meta({
    description: "Orders with a line of this SKU",
    example: "coffee-1kg"
  }),
  status: z.enum(orderStatuses).optional(),
  mail: z
    .enum(confirmationStates)
    .optional()
    .meta({ description: "The state of the confirmation mail" }),
  notice: z
    .enum(noticeStates)
    .optional()
    .meta({ description: "The state of the mail about the order's end; has no index" }),
  attention: z
    .enum(["true"])
    .optional()
    .meta({ description: "`true`: only orders that need attention" }),
  from: Timestamp.optional().meta({
    description: "Placed at or after it",
    example: "2026-01-01T00:00:00.000Z"
  }),
  to: Timestamp.optional().meta({
    description: "Placed before it",
    example: "2026-02-01T00:00:00.000Z"
  }),
  cursor: cursorOf(Id).optional(),
  limit: Limit,
  format: z
    .enum(["json", "csv"])
    .optional()
    .meta({ description: "`csv`: as `Accept: text/csv`; `limit` is ignored then" })
})

const Attention = z
  .object({
    reason: z.string().meta({ example: "processing died: cannot read total" }),
    at: Timestamp
  })
  .meta({ id: "Attention" })

const FoundOrder = Order.extend({
  needsAttention: Attention.nullable().meta({
    description: "Set if processing failed repeatedly; workers keep retrying",
    example: null
  })
}).meta({ id: "FoundOrder" })

export const FoundOrderPage = pageOf(FoundOrder, "FoundOrders", {
  unreadable: z.array(Id).meta({
    description: "Orders of this page that can't be decoded, and are left out of `items`",
    example: []
  })
})

const DeadLetterOfOrder = z
  .object({
    messageId: z.string().meta({ example: "a5b9d1c2-6f0e-4a55-9a39-6d7c1f1b7a2e" }),
    reason: z.string().meta({ example: "delivered too often" }),
    deadSince: Timestamp
  })
  .meta({ id: "DeadLetterOfOrder" })

export const OrderDetails = z
  .object({
    order: Order,
    customer: AdminUser.nullable().meta({ description: "Null if the account is gone" }),
    needsAttention: Attention.nullable(),
    work: z
      .object({
        dueAt: Timestamp.meta({ description: "When a worker checks the order again" }),
        resends: z.int().meta({ description: "How often the watchdog has taken it", example: 0 }),
        unknownSends: z.int().meta({
          description:
            "Sends of the mail with an unknown outcome: each may have reached the recipient",
          example: 0
        }),
        failures: z
          .int()
          .meta({ description: "Attempts to send the mail that failed with a defect", example: 0 })
      })
      .nullable()
      .meta({ description: "The open work; null if there is none, and no mail is due" }),
    mail: z.object({
      state: z.enum(confirmationStates).meta({ description: "Of the confirmation" }),
      requests: z.int().meta({ description: "How often another mail was requested", example: 0 }),
      claim: z
        .object({ id: z.string(), leaseUntil: Timestamp })
        .nullable()
        .meta({ description: "The worker's claim on the mail, if there is one", example: null })
    }),
    traceId: z.string().nullable().meta({
      description:
        "The trace of the request that placed the order; null if the order is settled or has no trace",
      example: "0af7651916cd43dd8448eb211c80319c"
    }),
    deadLetters: z.array(DeadLetterOfOrder).nullable().meta({
      description:
        "Messages about it that could not be processed, only for an order that needs attention; null if the queue did not answer",
      example: []
    }),
    events: z
      .array(AuditEvent)
      .meta({ description: "The audit events about it, the newest 100, newest first" })
  })
  .meta({ id: "OrderDetails" })

export const adminOrderOperations = named({
  searchOrders: {
    tag: "Administration",
    method: "get",
    path: "/api/admin/orders",
    caller: "staff",
    summary: "Search the orders of all users, newest first",
    description: `All conditions have to hold. ${rangeRule}. As CSV: up to ${maxExported} orders, and \`X-Next-Cursor\` where more follow.`,
    query: AdminOrdersQuery,
    answers: {
      200: {
        description: "A page of orders",
        body: FoundOrderPage,
        orCsv: true,
        headers: {
          "X-Next-Cursor": z.string().optional().meta({
            description: "For CSV: the `cursor` of the next page",
            example: "MDE5OGMwZGU1YTdlODAwMDlkM2MyYTk5ZWVmMTUxM2Q"
          })
        }
      }
    },
    errors: []
  },
  showOrder: {
    tag: "Administration",
    method: "get",
    path: "/api/admin/orders/:id",
    caller: "staff",
    summary: "Everything that is stored about one order",
    description: "With its user, its open work, its mail, and its audit events.",
    params: IdParams,
    answers: { 200: { description: "The order", body: OrderDetails } },
    errors: ["not_found"]
  }
})
