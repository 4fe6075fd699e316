// What the service counts and measures: Prometheus names, base units (seconds), few label values.
import { Effect, Metric } from "effect"
import type { Placement, Refusal } from "./orders/model/allocate.ts"

const counter = (name: string, description: string) =>
  Metric.counter(name, { incremental: true, description })

const ordersPlaced = counter("orders_placed_total", "Orders stored with their stock taken.")
const ordersReplayed = counter(
  "orders_replayed_total",
  "Requests that got the order of an earlier one with their idempotency key."
)
const ordersRefusedByCode = counter("orders_refused_total", "Orders not placed, by code.")

const refusalCodes: { readonly [K in Refusal["_tag"]]: string } = {
  OutOfStock: "out_of_stock",
  UnknownSku: "unknown_sku",
  MixedCurrency: "mixed_currency",
  IdempotencyMismatch: "idempotency_mismatch"
}

/** Counts what became of a request to place an order. */
export const countPlacement = (placement: Placement): Effect.Effect<void> => {
  switch (placement._tag) {
    case "Placed":
      return Metric.update(ordersPlaced, 1)
    case "Replayed":
      return Metric.update(ordersReplayed, 1)
    case "NumberTaken":
      // Its request asks again, and is counted then.
      return Effect.void
    default:
      return countRefused(refusalCodes[placement._tag], 1)
  }
}

/** Counts orders that were not placed: by a refusal's code, `unavailable`, `overloaded` or `defect`. */
export const countRefused = (code: string, orders: number): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(ordersRefusedByCode, { code }), orders)

export const orderBatchSize = Metric.histogram("order_batch_size", {
  description: "Orders committed together.",
  boundaries: [1, 2, 4, 8, 16, 32, 64, 128]
})

export const messagesReceived = counter(
  "messages_received_total",
  "Deliveries taken off the queue."
)
export const messagesAcknowledged = counter(
  "messages_acknowledged_total",
  "Deliveries deleted because their order is not pending any more."
)
export const ordersConfirmed = counter(
  "orders_confirmed_total",
  "Pending orders that were confirmed, with their mail due."
)
export const processingFailures = counter(
  "processing_failures_total",
  "Deliveries whose order could not be confirmed, through no outage."
)
export const messagesDeadLettered = counter(
  "messages_dead_lettered_total",
  "Deliveries moved to the dead-letter queue by the worker."
)
export const ordersOverdue = counter(
  "orders_overdue_total",
  "Pending orders that the watchdog took, since their message did not come in time."
)

/** Gauges of what waits: the same in every worker, so an alert takes the highest. */
export const mailsDue = Metric.gauge("mails_due", {
  description: "Confirmation mails that are due, counted up to 10000."
})
export const oldestDueSeconds = Metric.gauge("mails_due_oldest_seconds", {
  description: "How long the longest of them has been due."
})
export const mailsPerSecond = Metric.gauge("mails_rate_per_second", {
  description: "Mails that all processes together may send, as throttles have left it."
})

export const mailsSent = counter("mails_sent_total", "Confirmation mails that the mailer accepted.")
const mailsFailedByReason = counter(
  "mails_failed_total",
  "Attempts to send a confirmation mail that failed, by reason."
)
export const countMailFailed = (reason: string): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(mailsFailedByReason, { reason }), 1)

/** From placing an order to its mail being accepted. */
export const orderConfirmationSeconds = Metric.histogram("order_confirmation_seconds", {
  description: "Age of an order when its confirmation mail was accepted.",
  boundaries: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 86_400]
})

const auditEventsSuppressed = counter(
  "audit_events_suppressed_total",
  "Audit events that were not recorded, since there were too many of their kind."
)
export const countSuppressedEvent = (kind: string): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(auditEventsSuppressed, { kind }), 1)

export const breachChecksSkipped = counter(
  "password_breach_checks_skipped_total",
  "Passwords that passed because the service of breached ones did not answer."
)

const backgroundFailuresByWork = counter(
  "background_failures_total",
  "Work after an answer that failed, by kind."
)
export const countBackgroundFailure = (work: string): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(backgroundFailuresByWork, { work }), 1)
