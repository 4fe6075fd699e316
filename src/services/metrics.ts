// All metrics, in one place: Prometheus's names, base units (seconds, bytes), few values for each label. Code that
// measures takes its series from here. `apiSeries` and `workerSeries` exist from the first scrape, at 0; a gauge
// without a known value is NaN.
import { Effect, Metric, Record, type Scope } from "effect"
import type { AuditKind } from "./audit/AuditEvent.ts"
import type { Placement, Refusal } from "./orders/model/allocate.ts"
import type { UnsettledStatus } from "./orders/model/OrderStatus.ts"
import { type RateRuleName, rateRules } from "./runtime/RateLimiter.ts"
import type { DependencyCheck } from "./runtime/Readiness.ts"

/** Any series, to create or to set. */
type Series = Metric.Metric<never, unknown>
type Counter = Metric.Counter<number>
export type Gauge = Metric.Gauge<number>

const counter = (name: string, description: string, attributes: Metric.Metric.Attributes = {}) =>
  Metric.counter(name, { incremental: true, description, attributes })

const gauge = (name: string, description: string, attributes: Metric.Metric.Attributes = {}) =>
  Metric.gauge(name, { description, attributes })

/** A family: one series for each value of a label. */
const family = <V extends string, S>(
  values: ReadonlyArray<V>,
  make: (value: V) => S
): { readonly [K in V]: S } =>
  // What `fromEntries` makes of entries whose keys are known is not known to the compiler.
  Object.fromEntries(values.map((value) => [value, make(value)])) as { readonly [K in V]: S }

/** Counters that are created once, so that counting in a request creates no object. */
const counting = <V extends string>(
  counters: { readonly [K in V]: Counter }
): { readonly [K in V]: Effect.Effect<void> } =>
  Record.map(counters, (one: Counter) => Metric.update(one, 1))

/** Creates series for which nothing has been counted yet. */
export const initialise = (series: ReadonlyArray<Series>): Effect.Effect<void> =>
  Effect.map(Effect.context<never>(), (context) => {
    for (const one of series) one.valueUnsafe(context)
  })

/** A series that is read when it is asked for, until the scope closes: it costs nothing in between. */
const readSeries = <Input, State>(
  one: Metric.Metric<Input, State>,
  get: () => State
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.map(Effect.context<never>(), (context) =>
      Metric.registerUnsafe(one, context, { get, update: () => {}, modify: () => {} })
    ),
    (registration) => Effect.sync(() => registration.remove())
  ).pipe(Effect.asVoid)

export const readGauge = (one: Gauge, read: () => number) =>
  readSeries(one, () => ({ value: read() }))

export const readCounter = (one: Counter, read: () => number) =>
  readSeries(one, () => ({ count: read(), incremental: true }))

// --- HTTP: rate, errors and duration by route ------------------------------------------------------------------------

/** Of a route's pattern, such as `/api/orders/:id`. */
export type RequestLabels = Readonly<Record<"route" | "method" | "status", string>>

export const httpRequests = (labels: RequestLabels): Counter =>
  counter("http_requests_total", "Requests answered, by route pattern, method and status", {
    ...labels
  })

export const httpRequestSeconds = (labels: RequestLabels): Metric.Histogram<number> =>
  Metric.histogram("http_request_duration_seconds", {
    description: "Time from the arrival of a request to its answer",
    attributes: { ...labels },
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  })

export const httpRequestsInFlight = gauge(
  "http_requests_in_flight",
  "Requests that count against the bound of the process."
)
export const httpRequestsShed = counter(
  "http_requests_shed_total",
  "Requests refused because too many were in flight"
)
export const httpConnectionsRefused = counter(
  "http_connections_refused_total",
  "Connections closed because their client had too many open"
)

export const eventStreams = gauge("http_event_streams_open", "Event streams that are open.")
export const eventStreamsLimit = gauge(
  "http_event_streams_limit",
  "Event streams that the process takes before it refuses more."
)
const eventStreamRefusals = family(["process", "user"] as const, (limit) =>
  counter(
    "http_event_streams_refused_total",
    "Event streams refused because the process or the user had too many.",
    { limit }
  )
)
/** Counts one event stream that was refused. */
export const countStreamRefusal = counting(eventStreamRefusals)

// --- Orders at the API: each request to place one is placed, replayed or refused ---------------------------------------

const ordersPlaced = counter("orders_placed_total", "Orders stored with their stock taken.")
const ordersReplayed = counter(
  "orders_replayed_total",
  "Requests that got the order of an earlier one with their idempotency key."
)

const codeOf = {
  OutOfStock: "out_of_stock",
  UnknownSku: "unknown_sku",
  MixedCurrency: "mixed_currency",
  IdempotencyMismatch: "idempotency_mismatch"
} as const satisfies { readonly [K in Refusal["_tag"]]: string }

const ordersRefused = family(
  [...Object.values(codeOf), "unavailable", "overloaded", "defect"] as const,
  (code) => counter("orders_refused_total", "Orders not placed, by code.", { code })
)

const countPlaced = Metric.update(ordersPlaced, 1)
const countReplayed = Metric.update(ordersReplayed, 1)
const countOneRefused = counting(ordersRefused)

/** Counts the outcome of a request to place an order. */
export const countPlacement = (placement: Placement): Effect.Effect<void> => {
  switch (placement._tag) {
    case "Placed":
      return countPlaced
    case "Replayed":
      return countReplayed
    case "NumberTaken":
      // Its request asks again, and is counted then.
      return Effect.void
    default:
      return countOneRefused[codeOf[placement._tag]]
  }
}

/** Counts orders that were refused although their request was right. */
export const countRefused = (
  code: "unavailable" | "overloaded" | "defect",
  orders: number
): Effect.Effect<void> => Metric.update(ordersRefused[code], orders)

export const orderBatchSize = Metric.histogram("order_batch_size", {
  description: "Orders committed together.",
  boundaries: [1, 2, 4, 8, 16, 32, 64, 128]
})
export const ordersWaiting = gauge("orders_waiting", "Orders in line for a batch.")

const cacheReads = family(["hit", "miss", "bypass"] as const, (result) =>
  counter(
    "order_cache_reads_total",
    "Reads of an order: from the cache, past it to the store, or without it while it is away.",
    { result }
  )
)
/** Counts one read of an order. */
export const countCacheRead = counting(cacheReads)

// --- Refusals, passwords, and what follows an answer ---------------------------------------------------------------------

const refusals = family(Object.keys(rateRules) as ReadonlyArray<RateRuleName>, (limit) =>
  counter(
    "rate_limit_refusals_total",
    "Uses that a limit refused. Some limits bound mails or records, whose requests are answered all the same.",
    { limit }
  )
)
/** Counts one refused use of a limit. */
export const countRefusal = counting(refusals)

export const passwordHashesRunning = gauge(
  "password_hashes_running",
  "Passwords that are being hashed."
)
export const passwordHashesWaiting = gauge(
  "password_hashes_waiting",
  "Passwords that wait for a thread to be hashed in."
)
export const breachChecksSkipped = counter(
  "password_breach_checks_skipped_total",
  "Passwords that passed because the service of breached ones did not answer."
)

const accountMessagesFailed = family(
  ["rejected", "throttled", "denied", "unavailable"] as const,
  (reason) =>
    counter(
      "account_messages_failed_total",
      "Codes and notices to the owners of accounts that could not be sent, by reason.",
      { reason }
    )
)
/** Counts one message that was dead-lettered. */
export const countAccountMessageFailed = counting(accountMessagesFailed)

/** The kinds of events that a limit bounds (see `auditBounded`). */
export type BoundedKind = Extract<AuditKind, "access_denied" | "limit_reached" | "order_read">
const auditEventsSuppressed = family<BoundedKind, Counter>(
  ["access_denied", "limit_reached", "order_read"],
  (kind) =>
    counter(
      "audit_events_suppressed_total",
      "Audit events that were not recorded, since there were too many of their kind.",
      { kind }
    )
)
/** Counts one event that was not recorded. */
export const countSuppressedEvent = counting(auditEventsSuppressed)

const backgroundFailures = family(["announce", "audit", "defect"] as const, (work) =>
  counter("background_failures_total", "Work after an answer that failed, by kind.", { work })
)
/** Counts a background work of a kind that failed finally. */
export const countBackgroundFailure = counting(backgroundFailures)

// --- Messages and orders at the worker -------------------------------------------------------------------------------------

export const messagesReceived = counter(
  "messages_received_total",
  "Deliveries taken off the queue."
)
export const messagesAcknowledged = counter(
  "messages_acknowledged_total",
  "Deliveries deleted because their order is not pending any more."
)
export const messageBatchSize = Metric.histogram("message_batch_size", {
  description: "Deliveries whose orders are confirmed together.",
  boundaries: [1, 2, 4, 8, 16, 32, 64, 100]
})
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

// --- Mails at the worker -----------------------------------------------------------------------------------------------------

export const mailsSent = counter("mails_sent_total", "Mails of orders that the mailer accepted.")
const mailsFailed = family(
  ["rejected", "throttled", "denied", "unavailable", "no_address"] as const,
  (reason) =>
    counter("mails_failed_total", "Attempts to send a mail of an order that failed, by reason.", {
      reason
    })
)
/** Counts one attempt that failed. */
export const countMailFailed = counting(mailsFailed)

/** From placing an order to its mail being accepted. */
export const orderConfirmationSeconds = Metric.histogram("order_confirmation_seconds", {
  description: "Age of an order when its confirmation mail was accepted.",
  boundaries: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 86_400]
})

// --- Samples: what waits outside of the process. Every worker sees the same, so an alert takes the highest -----------------

export const mailsDue = gauge("mails_due", "Mails of orders that are due, counted up to 10000.")
export const oldestDueSeconds = gauge(
  "mails_due_oldest_seconds",
  "How long the longest of them has been due."
)
export const mailsPerSecond = gauge(
  "mails_rate_per_second",
  "Mails that all processes together may send, as throttles have left it."
)

const unsettledStatuses: ReadonlyArray<UnsettledStatus> = ["pending", "confirmed"]
export const ordersUnsettled = family(unsettledStatuses, (status) =>
  gauge(
    "orders_unsettled",
    "Orders that wait to be confirmed (pending) or to be mailed (confirmed), each counted up to 10000.",
    { status }
  )
)
export const oldestUnsettledSeconds = family(unsettledStatuses, (status) =>
  gauge("orders_unsettled_oldest_seconds", "Age of the oldest of them.", { status })
)
export const ordersAttention = gauge(
  "orders_attention",
  "Orders that an operator should look at, counted up to 1000."
)
export const oldestAttentionSeconds = gauge(
  "orders_attention_oldest_seconds",
  "How long the longest of them has been flagged."
)

/** Approximate: SQS counts with a delay of up to a minute, and reports no age. */
export const queueMessages = family(["visible", "in_flight", "delayed"] as const, (state) =>
  gauge("queue_messages", "Messages in the order queue, about.", { state })
)
export const deadLetterMessages = gauge(
  "dead_letter_messages",
  "Messages in the dead-letter queue, about."
)

export type SampleName = "mails" | "orders" | "queue" | "dead_letters" | "dependencies"
export const sampledAt = family<SampleName, Gauge>(
  ["mails", "orders", "queue", "dead_letters", "dependencies"],
  (sample) =>
    gauge(
      "sample_last_success_timestamp_seconds",
      "When the gauges of a sample were last measured; a sample that fails leaves them at NaN.",
      { sample }
    )
)

/** By its name in `/readyz`. */
export const dependencyReady = family<DependencyCheck["name"], Gauge>(
  ["mongo", "redis", "sqs", "ses"],
  (dependency) =>
    gauge("dependency_ready", "Whether a dependency is ready, as /readyz says: 1 or 0.", {
      dependency
    })
)

// --- Pools and the process -----------------------------------------------------------------------------------------------------

export const mongoConnections = family(["in_use", "idle"] as const, (state) =>
  gauge("mongo_pool_connections", "Connections to MongoDB, over all of its servers.", { state })
)
export const mongoWaiting = gauge("mongo_pool_waiting", "Calls that wait for a connection.")
export const sqsInFlight = gauge(
  "sqs_calls_in_flight",
  "Calls to SQS without an answer yet, long polls among them; 64 connections carry them."
)

export const buildInfo = (labels: Readonly<Record<"version" | "revision" | "node", string>>) =>
  gauge("build_info", "1, by what runs.", { ...labels })
export const processStart = gauge(
  "process_start_time_seconds",
  "When the process started, in seconds since 1970."
)
export const processCpu = counter(
  "process_cpu_seconds_total",
  "Processor time that the process has used."
)
export const residentMemory = gauge("process_resident_memory_bytes", "Memory of the process.")
export const memoryLimit = gauge(
  "process_memory_limit_bytes",
  "What the container may use; NaN where it has no limit."
)
export const heapUsed = gauge("nodejs_heap_size_used_bytes", "Memory of JavaScript in use.")
export const heapLimit = gauge("nodejs_heap_size_limit_bytes", "What JavaScript may use.")
export const eventLoopDelay = family(["50", "99", "100"] as const, (percentile) =>
  gauge(
    "nodejs_eventloop_delay_seconds",
    "How late timers were in the last 15 s; the 100th percentile is the worst.",
    { percentile }
  )
)
export const eventLoopUtilization = gauge(
  "nodejs_eventloop_utilization_ratio",
  "The part of the last 15 s in which JavaScript ran."
)

// --- By program ------------------------------------------------------------------------------------------------------------------

const all = (series: Readonly<Record<string, Series>>): ReadonlyArray<Series> =>
  Object.values(series)

/** The API's series, without those of its server, its pools and the process. */
export const apiSeries: ReadonlyArray<Series> = [
  httpRequestsInFlight,
  httpRequestsShed,
  httpConnectionsRefused,
  ...all(eventStreamRefusals),
  ordersPlaced,
  ordersReplayed,
  ...all(ordersRefused),
  orderBatchSize,
  ...all(cacheReads),
  ...all(refusals),
  breachChecksSkipped,
  ...all(accountMessagesFailed),
  ...all(auditEventsSuppressed),
  ...all(backgroundFailures)
]

/** Of the worker; its samples are NaN until they are taken. */
export const workerSeries: ReadonlyArray<Series> = [
  messagesReceived,
  messagesAcknowledged,
  messageBatchSize,
  ordersConfirmed,
  processingFailures,
  messagesDeadLettered,
  ordersOverdue,
  mailsSent,
  ...all(mailsFailed),
  orderConfirmationSeconds
]
