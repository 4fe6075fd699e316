// The state of the system, for operators.
import * as z from "zod"
import { maxLowProducts, maxOverviewCount } from "../../services/operations/overview.ts"
import { maxLowStock } from "../../services/products/ports/ProductStore.ts"
import { Sku, Timestamp } from "./fields.ts"
import { named } from "./operation.ts"
import { Dependency, dependenciesExample } from "./system.ts"

const defaultLowStock = 10

/** A whole number in a query string. */
const LowStock = z
  .string()
  .transform((text, context) => {
    const pieces = /^(?:0|[1-9]\d{0,2})$/u.test(text) ? Number(text) : Number.NaN
    if (pieces <= maxLowStock) return pieces
    const message = `must be a whole number from 0 to ${maxLowStock}`
    context.issues.push({ code: "custom", message, input: text })
    return z.NEVER
  })
  .default(defaultLowStock)
  .meta({
    description: "A product with this many pieces or fewer is low on stock",
    override: { type: "integer", minimum: 0, maximum: maxLowStock, default: defaultLowStock }
  })

export const OverviewQuery = z.strictObject({ lowStock: LowStock })

const Count = z.int().min(0).max(maxOverviewCount).meta({ example: 12 })

const Messages = z.int().min(0)

const Queue = z
  .object({
    messages: z
      .object({
        visible: Messages.meta({ description: "Visible messages", example: 12 }),
        inFlight: Messages.meta({
          description: "Received, and neither deleted nor visible again",
          example: 3
        }),
        delayed: Messages.meta({ description: "Sent, and not visible yet", example: 0 })
      })
      .nullable()
      .meta({
        description:
          "Approximate: SQS counts with a delay of up to a minute. Null if the queue could not be read"
      }),
    problem: z
      .string()
      .nullable()
      .meta({ description: "Why it could not be read; null if it could", example: null })
  })
  .meta({ id: "QueueDepth" })

export const Overview = z
  .object({
    at: Timestamp,
    orders: z
      .object({
        total: z.int().min(0).meta({ description: "All there are, about", example: 48_210 }),
        byStatus: z.object({
          pending: Count,
          confirmed: Count,
          fulfilled: Count,
          cancelled: Count,
          failed: Count
        }),
        lastMinute: Count.meta({ description: "Orders placed in this minute" }),
        lastHour: z
          .int()
          .min(0)
          .max(10 * maxOverviewCount)
          .meta({ example: 640 }),
        unsettled: Count.meta({ description: "Those with open work" }),
        oldestUnsettled: Timestamp.nullable().meta({ description: "When it was placed" }),
        needAttention: Count
      })
      .meta({
        description: `Each number but \`total\` is counted up to ${maxOverviewCount}, \`lastHour\` up to ten times as many`
      }),
    mails: z.object({
      due: Count.meta({ description: "Mails of orders that wait to be sent" }),
      oldestSeconds: z
        .number()
        .meta({ description: "How long the oldest of them has been due", example: 0.4 }),
      perSecond: z.number().meta({ description: "The rate of mails", example: 14 })
    }),
    queues: z
      .object({ orders: Queue, deadLetters: Queue })
      .meta({ description: "Messages that wait for a worker, and dead letters" }),
    lowStock: z
      .array(
        z.object({
          sku: Sku,
          name: z.string().meta({ example: "Coffee beans, 1 kg" }),
          available: z.int().min(0).meta({ example: 4 })
        })
      )
      .meta({ description: `The ${maxLowProducts} products with the fewest pieces` }),
    draining: z
      .boolean()
      .meta({ description: "Whether the answering process is shutting down", example: false }),
    dependencies: z.record(z.string(), Dependency).meta({
      description: "By name, as the answering process sees them",
      example: dependenciesExample
    })
  })
  .meta({ id: "Overview" })

export const overviewOperations = named({
  overview: {
    tag: "Administration",
    method: "get",
    path: "/api/admin/overview",
    caller: "staff",
    summary: "How the system does",
    query: OverviewQuery,
    answers: { 200: { description: "At this moment", body: Overview } },
    errors: []
  }
})
