// /api/orders: placing, reading and cancelling orders.
import { Effect, Option } from "effect"
import { Hono } from "hono"
import { OrderId } from "../../services/ids.ts"
import { cancelOrder } from "../../services/orders/cancelOrder.ts"
import { getOrder } from "../../services/orders/getOrder.ts"
import { listOrders } from "../../services/orders/listOrders.ts"
import { placeOrder } from "../../services/orders/placeOrder.ts"
import { answer } from "../answer.ts"
import type { ApiEnvironment } from "../context.ts"
import { pageBody } from "../contract/cursor.ts"
import { ConditionalHeaders, IdempotencyHeaders, IdParams } from "../contract/fields.ts"
import { CancelBody, OrderBody, OrdersQuery } from "../contract/orders.ts"
import { matchesETag, orderETag } from "../etag.ts"
import { run } from "../run.ts"
import { validBody, validHeaders, validOptionalBody, validPath, validQuery } from "../validate.ts"

export const orders = new Hono<ApiEnvironment>()
  .post("/", validHeaders(IdempotencyHeaders), validBody(OrderBody), (c) => {
    const request = {
      lines: c.req.valid("json").items,
      idempotencyKey: Option.fromUndefinedOr(c.req.valid("header")["Idempotency-Key"])
    }
    return run(
      c,
      Effect.map(placeOrder(c.get("principal"), request), ({ order, replayed }) => {
        const headers = {
          "Content-Type": "application/json",
          Location: `/api/orders/${order.id}`,
          ...(replayed && { "Idempotency-Replayed": "true" })
        }
        return answer(c, JSON.stringify(order), 201, headers)
      })
    )
  })
  .get("/", validQuery(OrdersQuery), (c) => {
    const { status, cursor, limit } = c.req.valid("query")
    const query = {
      userId: c.get("principal").userId,
      status: Option.fromUndefinedOr(status),
      before: Option.map(Option.fromUndefinedOr(cursor), OrderId.make),
      limit
    }
    return run(
      c,
      Effect.map(listOrders(query), (page) => c.json(pageBody(page)))
    )
  })
  .get("/:id", validPath(IdParams), validHeaders(ConditionalHeaders), (c) => {
    const id = OrderId.make(c.req.valid("param").id)
    const known = c.req.valid("header")["If-None-Match"]
    return run(
      c,
      Effect.map(getOrder(c.get("principal"), id), ({ json, version, cache }) => {
        const etag = orderETag(id, version)
        const headers = {
          ETag: etag,
          "X-Cache": cache,
          // A browser may keep it, and asks whether it changed each time it shows it.
          "Cache-Control": "private, no-cache",
          Vary: "Authorization"
        }
        return known !== undefined && matchesETag(known, etag)
          ? answer(c, null, 304, headers)
          : answer(c, json, 200, { ...headers, "Content-Type": "application/json" })
      })
    )
  })
  .post("/:id/cancel", validPath(IdParams), validOptionalBody(CancelBody), (c) => {
    const id = OrderId.make(c.req.valid("param").id)
    const { reason } = c.req.valid("json")
    return run(
      c,
      Effect.map(cancelOrder(c.get("principal"), id, reason ?? undefined), (order) => c.json(order))
    )
  })
