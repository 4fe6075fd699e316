// /api/admin: dead letters, what only administrators decide about an order, and the audit events.
import { Effect, Option } from "effect"
import { Hono } from "hono"
import { listEvents } from "../../services/audit/listEvents.ts"
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

export const admin = new Hono<ApiEnvironment>()
  .get("/dead-letters", validQuery(DeadLettersQuery), (c) =>
    run(
      c,
      Effect.map(listDeadLetters(c.req.valid("query").limit), (letters) =>
        c.json({
          items: letters.map(({ body, ...letter }) => ({
            ...letter,
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
      Effect.map(fulfilOrder(c.req.valid("param").id), (order) => c.json(order))
    )
  )
  .post("/orders/:id/fail", validPath(IdParams), validBody(FailBody), (c) => {
    const { id } = c.req.valid("param")
    return run(
      c,
      Effect.map(failOrder(id, c.req.valid("json").reason), (order) => c.json(order))
    )
  })
  .post("/orders/:id/resend-confirmation", validPath(IdParams), (c) =>
    run(
      c,
      Effect.map(resendConfirmation(c.req.valid("param").id), (order) => c.json(order))
    )
  )
  .get("/events", validQuery(EventsQuery), (c) => {
    const { kind, userId, cursor, limit } = c.req.valid("query")
    const query = {
      kind: Option.fromUndefinedOr(kind),
      userId: Option.fromUndefinedOr(userId),
      before: Option.fromUndefinedOr(cursor),
      limit
    }
    return run(
      c,
      Effect.map(listEvents(query), (page) => c.json(pageBody(page)))
    )
  })
