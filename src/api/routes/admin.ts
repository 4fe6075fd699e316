// /api/admin: dead letters, decisions about orders that only administrators make, and the audit events.
import { Effect, Option, Schema } from "effect"
import { AuditEvent } from "../../services/audit/AuditEvent.ts"
import { listEvents } from "../../services/audit/listEvents.ts"
import { EventId, OrderId, UserId } from "../../services/ids.ts"
import {
  failOrder,
  fulfilOrder,
  resendConfirmation
} from "../../services/orders/administerOrder.ts"
import { listDeadLetters } from "../../services/orders/listDeadLetters.ts"
import { dropDeadLetters, redriveDeadLetters } from "../../services/orders/moveDeadLetters.ts"
import { maxShownBody, adminOperations as operations } from "../contract/admin.ts"
import { pageBody } from "../contract/cursor.ts"
import type { Serve } from "../serve.ts"

/** The JSON of an audit event. */
export const encodeEvent = Schema.encodeSync(AuditEvent)

export const adminRoutes = ({ route }: Serve): void => {
  route(operations.listDeadLetters, ({ request, query }) =>
    Effect.map(listDeadLetters(query.limit), (letters) =>
      request.json({
        items: letters.map(({ body, orderId, orderStatus, ...letter }) => ({
          ...letter,
          orderId: Option.getOrNull(orderId),
          orderStatus: Option.getOrNull(orderStatus),
          body: body.slice(0, maxShownBody)
        }))
      })
    )
  )

  route(operations.redriveDeadLetters, ({ request, body }) =>
    Effect.map(redriveDeadLetters(body.ids ?? "all", body.reason ?? undefined), (result) =>
      request.json(result)
    )
  )

  route(operations.dropDeadLetters, ({ request, body }) =>
    Effect.map(dropDeadLetters(body.ids ?? "all", body.reason ?? undefined), (result) =>
      request.json(result)
    )
  )

  route(operations.fulfilOrder, ({ request, params, body }) =>
    Effect.map(fulfilOrder(OrderId.make(params.id), body.reason ?? undefined), (order) =>
      request.json(order)
    )
  )

  route(operations.failOrder, ({ request, params, body }) =>
    Effect.map(failOrder(OrderId.make(params.id), body.reason), (order) => request.json(order))
  )

  route(operations.resendConfirmation, ({ request, params, body }) =>
    Effect.map(resendConfirmation(OrderId.make(params.id), body.reason ?? undefined), (order) =>
      request.json(order)
    )
  )

  route(operations.listEvents, ({ request, query: { kind, userId, cursor, limit } }) => {
    const listing = listEvents({
      kind: Option.fromUndefinedOr(kind),
      userId: Option.map(Option.fromUndefinedOr(userId), UserId.make),
      before: Option.map(Option.fromUndefinedOr(cursor), EventId.make),
      limit
    })
    return Effect.map(listing, ({ items, next }) =>
      request.json(pageBody({ items: items.map((event) => encodeEvent(event)), next }))
    )
  })
}
