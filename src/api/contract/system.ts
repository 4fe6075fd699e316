// Operations for operators and developers: health, metrics, the embedded mailbox.
import * as z from "zod"
import { ConditionalHeaders, Timestamp } from "./fields.ts"
import { named, type Operation } from "./operation.ts"

const DocumentETag = z.string().meta({
  description: "This version of the document",
  example: '"0f8e5c1b2a6d4e7f9b3c5a7d1e2f4c6b"'
})

export const Live = z.object({ status: z.literal("ok") }).meta({ id: "Live" })

export const Dependency = z
  .object({
    ready: z.boolean().meta({ example: true }),
    required: z
      .boolean()
      .meta({ description: "Whether the service needs it to work", example: true }),
    problem: z.string().optional().meta({ example: "no answer within 1 s" })
  })
  .meta({ id: "Dependency" })

export const dependenciesExample = {
  mongo: { ready: true, required: true },
  redis: { ready: false, required: false, problem: "no answer within 1 s" }
}

const readiness = {
  draining: z
    .boolean()
    .meta({ description: "Whether the process is shutting down", example: false }),
  dependencies: z
    .record(z.string(), Dependency)
    .meta({ description: "By name", example: dependenciesExample })
}

/** The members of a 503 of `/readyz` in addition to those of a problem. */
export const ReadinessReport = z.object(readiness)

export const Ready = z
  .object({ status: z.enum(["ready", "degraded"]).meta({ example: "degraded" }), ...readiness })
  .meta({ id: "Ready" })

export const SentMessages = z
  .array(
    z.object({
      id: z.int().meta({ description: "Counts the messages of the process", example: 1 }),
      to: z.string().meta({ example: "ada@example.com" }),
      replyTo: z
        .string()
        .optional()
        .meta({ description: "The reply address of the mail", example: "help@example.com" }),
      channel: z.enum(["email", "sms"]),
      subject: z.string().meta({ example: "Your code" }),
      text: z.string().meta({ example: "Your code is 123456." }),
      html: z.string().meta({ example: "<p>Your code is <strong>123456</strong>.</p>" }),
      at: Timestamp
    })
  )
  .meta({ id: "SentMessages" })

export const documentOperation = {
  id: "openapi",
  tag: "System",
  method: "get",
  path: "/openapi.json",
  caller: "anyone",
  summary: "This document",
  headers: ConditionalHeaders,
  answers: {
    200: {
      description: "OpenAPI 3.1",
      body: z.record(z.string(), z.unknown()).meta({
        example: { openapi: "3.1.0", info: { title: "Order service", version: "1.0.0" }, paths: {} }
      }),
      headers: { ETag: DocumentETag }
    },
    304: { description: "The client has this version", headers: { ETag: DocumentETag } }
  },
  errors: []
} as const satisfies Operation

/** `open` is for development: no token is asked for. */
export const systemOperations = (metrics: { readonly open: boolean }) =>
  named({
    health: {
      tag: "System",
      method: "get",
      path: "/healthz",
      caller: "anyone",
      summary: "Whether the process is alive",
      description: "Counts for no limit.",
      answers: { 200: { description: "Alive", body: Live } },
      errors: []
    },
    readiness: {
      tag: "System",
      method: "get",
      path: "/readyz",
      caller: "anyone",
      summary: "Whether the process can serve, with each dependency by name",
      description:
        "If it can't, the answer is `unavailable`, with the same report. Does not count for a limit. The state of a dependency may be a second old.",
      answers: { 200: { description: "Ready; `degraded`: slower or later", body: Ready } },
      errors: []
    },
    metrics: {
      tag: "System",
      method: "get",
      path: "/metrics",
      caller: metrics.open ? "anyone" : "metrics",
      summary: "Metrics for Prometheus",
      description: "A request with the metrics token counts for no limit.",
      answers: {
        200: {
          description: "Text exposition format",
          type: "text/plain",
          body: z.string().meta({
            example: "# TYPE http_requests_in_flight gauge\nhttp_requests_in_flight 3\n"
          })
        }
      },
      errors: []
    }
  })

/** Only where the mailbox is embedded. */
export const mailboxOperations = named({
  mailbox: {
    tag: "Development",
    method: "get",
    path: "/dev/mailbox.json",
    caller: "anyone",
    summary: "The mails and text messages that were “sent”, newest first",
    answers: { 200: { description: "At most 1000 messages", body: SentMessages } },
    errors: []
  }
})
