// /api/orders: placing, reading, following and cancelling orders.
import { Effect, Option } from "effect"
import { isStillLetIn } from "../../services/accounts/isStillLetIn.ts"
import { OrderId } from "../../services/ids.ts"
import { cancelOrder } from "../../services/orders/cancelOrder.ts"
import { followOrder } from "../../services/orders/followOrder.ts"
import { getOrder, getOrderByNumber } from "../../services/orders/getOrder.ts"
import { listOrders } from "../../services/orders/listOrders.ts"
import { readOrderNumber } from "../../services/orders/model/orderNumber.ts"
import { placeOrder } from "../../services/orders/placeOrder.ts"
import { idLength } from "../../services/runtime/IdGenerator.ts"
import { answerOrderStream } from "../answerOrderStream.ts"
import { pageBody } from "../contract/cursor.ts"
import { orderOperations as operations } from "../contract/orders.ts"
import { matchesETag, orderETag } from "../etag.ts"
import { entries } from "../orderStreams.ts"
import type { Serve } from "../serve.ts"

export const orderRoutes = ({ route, streams }: Serve): void => {
  route(operations.placeOrder, ({ request, principal, headers, body }) => {
    const idempotencyKey = Option.fromUndefinedOr(headers["Idempotency-Key"])
    const placing = placeOrder(principal, { lines: body.items, idempotencyKey })
    return Effect.map(placing, ({ order, replayed }) =>
      request.json(order, 201, {
        Location: `/api/orders/${order.id}`,
        ...(replayed && { "Idempotency-Replayed": "true" })
      })
    )
  })

  route(operations.listOrders, ({ request, principal, query: { status, cursor, limit } }) => {
    const listing = listOrders({
      userId: principal.userId,
      status: Option.fromUndefinedOr(status),
      before: Option.map(Option.fromUndefinedOr(cursor), OrderId.make),
      limit
    })
    return Effect.map(listing, (page) => request.json(pageBody(page)))
  })

  route(operations.getOrder, ({ request, principal, params, headers }) => {
    const known = headers["If-None-Match"]
    const reading =
      params.id.length === idLength
        ? getOrder(principal, OrderId.make(params.id))
        : getOrderByNumber(principal, readOrderNumber(params.id))
    return Effect.map(reading, ({ id, json, version, cache }) => {
      const etag = orderETag(id, version)
      const own = {
        ETag: etag,
        "X-Cache": cache,
        // A browser may keep it, and asks whether it changed each time it shows it.
        "Cache-Control": "private, no-cache",
        Vary: "Authorization"
      }
      return known !== undefined && matchesETag(known, etag)
        ? request.answer(null, 304, own)
        : request.answer(json, 200, { ...own, "Content-Type": "application/json" })
    })
  })

  route(operations.followOrder, ({ request, principal, params, headers }) =>
    Effect.gen(function* () {
      const orderId = OrderId.make(params.id)
      const progress = yield* followOrder(principal, orderId)
      const last = headers["Last-Event-ID"]
      return yield* answerOrderStream(streams, request, {
        ...{ principal, orderId, progress },
        telling: entries,
        next: last === undefined ? 0 : Number(last) + 1,
        isLetIn: isStillLetIn(principal)
      })
    })
  )

  route(operations.cancelOrder, ({ request, principal, params, body }) => {
    const cancelling = cancelOrder(principal, OrderId.make(params.id), body.reason ?? undefined)
    return Effect.map(cancelling, (order) => request.json(order))
  })
}
