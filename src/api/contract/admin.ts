// The operations of administrators: dead letters, decisions about single orders, and audit events.
import * as z from "zod"
import { auditKinds, maxMessageIds, outcomes } from "../../services/audit/AuditEvent.ts"
import { orderStatuses } from "../../services/orders/model/OrderStatus.ts"
import { roles } from "../../services/Principal.ts"
import { cursorOf, pageOf } from "./cursor.ts"
import { AuditReason, Id, IdParams, Limit, Reason, Timestamp } from "./fields.ts"
import { named } from "./operation.ts"
import { Order } from "./orders.ts"

export const DeadLettersQuery = z.strictObject({ limit: Limit })

const maxIds = 100

const MessageId = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: "Names the message", example: "a5b9d1c2-6f0e-4a55-9a39-6d7c1f1b7a2e" })

export const DeadLetterSelection = z
  .strictObject({
    ids: z
      .array(MessageId)
      .min(1)
      .max(maxIds)
      // Not null, as elsewhere for what is absent: a list that a client lost would delete all.
      .optional()
      .meta({ description: "Which messages; absent: all" }),
    reason: AuditReason
  })
  .meta({ id: "DeadLetterSelection" })

export const ReasonBody = z.strictObject({ reason: AuditReason }).meta({ id: "ReasonInput" })

export const FailBody = z
  .strictObject({
    reason: Reason.meta({
      description: "Why; its owner sees it in the timeline",
      example: "the supplier went out of business"
    })
  })
  .meta({ id: "OrderFailure" })

/** A body may be as large as the queue allows. */
export const maxShownBody = 1000

const DeadLetter = z
  .object({
    messageId: MessageId,
    orderId: z.string().nullable().meta({
      description: "Its order; null if the message can't be decoded",
      example: "0198c0de5a7e80009d3c2a99eef1513d"
    }),
    orderStatus: z
      .enum(orderStatuses)
      .nullable()
      .meta({ description: "Null if there is no such order, or it can't be decoded" }),
    reason: z.string().meta({
      description: "Why it was dead-lettered; `delivered too often`: by the queue itself",
      example: "delivered too often"
    }),
    deadSince: Timestamp,
    receiveCount: z.int().min(0).meta({
      description: "How often it was received, on SQS including this request",
      example: 10
    }),
    body: z.string().meta({
      description: `Its first ${maxShownBody} characters`,
      example: '{"orderId":"0198c0de5a7e80009d3c2a99eef1513d"}'
    })
  })
  .meta({ id: "DeadLetter" })

export const DeadLetterList = z.object({ items: z.array(DeadLetter) }).meta({ id: "DeadLetters" })

export const DeadLetterResult = z
  .object({
    matched: z
      .int()
      .min(0)
      .meta({ description: "The number of redriven or dropped messages", example: 3 }),
    notFound: z
      .array(z.string())
      .meta({ description: "Those of `ids` that were not found", example: [] }),
    complete: z.boolean().meta({
      description:
        "False: the time was over before every message was processed. Send the request again.",
      example: true
    })
  })
  .meta({ id: "DeadLetterResult" })

const Kind = z.enum(auditKinds)

export const EventsQuery = z.strictObject({
  kind: Kind.optional(),
  userId: Id.optional().meta({ description: "The actor or the subject" }),
  cursor: cursorOf(Id).optional(),
  limit: Limit
})

const State = z
  .object({
    unitPrice: z.int().optional(),
    currency: z.string().optional(),
    available: z.int().optional(),
    active: z.literal(false).optional().meta({ description: "A product that is not for sale" }),
    status: z.string().optional(),
    mail: z.string().optional(),
    role: z.enum(roles).optional(),
    disabled: z.boolean().optional()
  })
  .meta({ id: "AuditedState", example: { unitPrice: 6450, currency: "EUR" } })

const personExample = "0198c0de5a7e4b1f9d3c2a6b8e0f4d71"
const sessionExample = "0198c0de5a7e4b1f9d3c2a6b8e0f4d72"

export const AuditEvent = z
  .object({
    id: Id,
    at: Timestamp,
    kind: Kind.meta({ example: "product_saved" }),
    outcome: z.enum(outcomes),
    actor: z
      .discriminatedUnion("type", [
        z.object({
          type: z.literal("user"),
          userId: z.string(),
          sessionId: z.string(),
          role: z.enum(roles).nullable()
        }),
        z.object({ type: z.literal("cli") })
      ])
      .nullable()
      .meta({
        description: "Who did it; null where the caller was not authenticated",
        example: { type: "user", userId: personExample, sessionId: sessionExample, role: "admin" }
      }),
    subject: z
      .object({
        operation: z.string().optional(),
        userId: z.string().optional(),
        sessionId: z.string().optional(),
        verificationId: z.string().optional(),
        address: z.string().optional().meta({ description: "Masked", example: "a***@example.com" }),
        sku: z.string().optional(),
        orderId: z.string().optional(),
        messageIds: z
          .array(z.string())
          .optional()
          .meta({ description: `The first ${maxMessageIds}` })
      })
      .meta({ description: "What it was done to", example: { sku: "kettle" } }),
    details: z
      .object({
        before: State.optional().meta({
          description:
            "For a product its price or its stock, for an order its status and mail, for an account its role or whether it is disabled; absent if a product was not in the catalogue"
        }),
        after: State.optional().meta({
          description: "The same after the change; absent if a product was removed"
        }),
        reason: z.string().optional().meta({
          description: "The reason that the actor gave; the log line does not have it"
        }),
        renamed: z
          .boolean()
          .optional()
          .meta({ description: "Whether a product has another name than before" }),
        redescribed: z.literal(true).optional().meta({
          description: "A product has another description, picture or category than before"
        }),
        delta: z.int().optional(),
        matched: z.int().optional(),
        notFound: z.int().optional(),
        limit: z.string().optional().meta({ description: "The limit that refused it" }),
        silentSeconds: z.int().optional().meta({
          description:
            "For this many seconds no other event of this kind and of the same user, client, order or account is recorded"
        })
      })
      .meta({
        example: {
          before: { unitPrice: 6450, currency: "EUR" },
          after: { unitPrice: 5900, currency: "EUR" },
          renamed: false
        }
      }),
    client: z.string().nullable().meta({
      description: "IPv4 address, or /64 of IPv6; null for the command line",
      example: "192.0.2.7"
    }),
    requestId: z.string().nullable().meta({ example: "5c3f7a52-6f5e-4f0a-9c1d-2d1f5e0b7a11" })
  })
  .meta({ id: "AuditEvent" })

export const EventPage = pageOf(AuditEvent, "AuditEvents")

export const adminOperations = named({
  listDeadLetters: {
    tag: "Administration",
    method: "get",
    path: "/api/admin/dead-letters",
    caller: "admin",
    summary: "Messages that could not be processed",
    description:
      "The messages stay in the queue. A queue shows a message to one reader at a time, so a concurrent request may list fewer.",
    query: DeadLettersQuery,
    answers: { 200: { description: "Longest there first", body: DeadLetterList } },
    errors: []
  },
  redriveDeadLetters: {
    tag: "Administration",
    method: "post",
    path: "/api/admin/dead-letters/redrive",
    caller: "admin",
    summary: "Redrive dead letters",
    description:
      "Without `ids` all of them. No message is lost if a step fails, and a message that is sent twice does no harm: an order is confirmed once.",
    body: DeadLetterSelection,
    example: {},
    answers: { 200: { description: "Sent to the order queue", body: DeadLetterResult } },
    errors: []
  },
  dropDeadLetters: {
    tag: "Administration",
    method: "post",
    path: "/api/admin/dead-letters/drop",
    caller: "admin",
    summary: "Delete dead letters",
    description: "Their orders stay as they are. Without `ids` it deletes all of them.",
    body: DeadLetterSelection,
    example: {
      ids: ["a5b9d1c2-6f0e-4a55-9a39-6d7c1f1b7a2e"],
      reason: "of an earlier version"
    },
    answers: { 200: { description: "Deleted", body: DeadLetterResult } },
    errors: []
  },
  fulfilOrder: {
    tag: "Administration",
    method: "post",
    path: "/api/admin/orders/:id/fulfil",
    caller: "admin",
    summary: "Record that an order was fulfilled",
    description: "For a confirmed order whose confirmation mail is sent or undeliverable.",
    params: IdParams,
    body: ReasonBody,
    bodyIsOptional: true,
    example: { reason: "collected" },
    answers: { 200: { description: "Fulfilled", body: Order } },
    errors: ["not_found", "not_allowed"]
  },
  failOrder: {
    tag: "Administration",
    method: "post",
    path: "/api/admin/orders/:id/fail",
    caller: "admin",
    summary: "Mark a pending order as failed",
    description: "Its stock is available again.",
    params: IdParams,
    body: FailBody,
    example: { reason: "the supplier went out of business" },
    answers: { 200: { description: "Failed", body: Order } },
    errors: ["not_found", "not_allowed"]
  },
  resendConfirmation: {
    tag: "Administration",
    method: "post",
    path: "/api/admin/orders/:id/resend-confirmation",
    caller: "staff",
    summary: "Send the mail about an order's status again, or now if it waits",
    description:
      "The confirmation of a confirmed order; the notice of a fulfilled, cancelled or failed one, after its first attempt. Refused while a worker sends the mail.",
    params: IdParams,
    body: ReasonBody,
    bodyIsOptional: true,
    example: { reason: "the buyer called" },
    answers: { 200: { description: "On its way", body: Order } },
    errors: ["not_found", "not_allowed"]
  },
  listEvents: {
    tag: "Administration",
    method: "get",
    path: "/api/admin/events",
    caller: "admin",
    summary: "Who did what: the audit events",
    description:
      "The newest are kept; the log has all of them. An event is visible shortly after its cause.",
    query: EventsQuery,
    answers: { 200: { description: "Newest first", body: EventPage } },
    errors: []
  }
})
