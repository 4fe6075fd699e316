// /api/admin: dead letters, what only administrators decide about an order, and the audit events.
import { Effect, Option, Schema } from "effect"
import { Hono } from "hono"
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
import type { ApiEnvironment } from "../context.ts"
import {
  DeadLetterSelection,
  DeadLettersQuery,
  EventsQuery,
  FailBody,
  maxShownBody
} from "../contract/admin.ts"
import { pageBody } from "../contract/cursor.ts"
import { IdParams } from "../contract/fields.ts"
import { run } from "../run.ts"
import { validBody, validPath, validQuery } from "../validate.ts"

const encodeEvent = Schema.encodeSync(AuditEvent)

export const admin = new Hono<ApiEnvironment>()
  .get("/dead-letters", validQuery(DeadLettersQuery), (c) =>
    run(
      c,
      Effect.map(listDeadLetters(c.req.valid("query").limit), (letters) =>
        c.json({
          items: letters.map(({ body, orderId, orderStatus, ...letter }) => ({
            ...letter,
            orderId: Option.getOrNull(orderId),
            orderStatus: Option.getOrNull(orderStatus),
            body: body.slice(0, maxShownBody)
          }))
        })
      )
    )
  )
  .post("/dead-letters/redrive", validBody(DeadLetterSelection), (c) =>
    run(
      c,
      Effect.map(redriveDeadLetters(c.req.valid("json").ids ?? "all"), (result) => c.json(result))
    )
  )
  .post("/dead-letters/drop", validBody(DeadLetterSelection), (c) =>
    run(
      c,
      Effect.map(dropDeadLetters(c.req.valid("json").ids ?? "all"), (result) => c.json(result))
    )
  )
  .post("/orders/:id/fulfil", validPath(IdParams), (c) =>
    run(
      c,
      Effect.map(fulfilOrder(OrderId.make(c.req.valid("param").id)), (order) => c.json(order))
    )
  )
  .post("/orders/:id/fail", validPath(IdParams), validBody(FailBody), (c) => {
    const id = OrderId.make(c.req.valid("param").id)
    return run(
      c,
      Effect.map(failOrder(id, c.req.valid("json").reason), (order) => c.json(order))
    )
  })
  .post("/orders/:id/resend-confirmation", validPath(IdParams), (c) =>
    run(
      c,
      Effect.map(resendConfirmation(OrderId.make(c.req.valid("param").id)), (order) =>
        c.json(order)
      )
    )
  )
  .get("/events", validQuery(EventsQuery), (c) => {
    const { kind, userId, cursor, limit } = c.req.valid("query")
    const query = {
      kind: Option.fromUndefinedOr(kind),
      userId: Option.map(Option.fromUndefinedOr(userId), UserId.make),
      before: Option.map(Option.fromUndefinedOr(cursor), EventId.make),
      limit
    }
    return run(
      c,
      Effect.map(listEvents(query), ({ items, next }) =>
        c.json(pageBody({ items: items.map((event) => encodeEvent(event)), next }))
      )
    )
  })
