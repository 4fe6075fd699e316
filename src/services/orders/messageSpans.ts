// The spans of messages, by OpenTelemetry's semantic conventions for messaging. Each message whose trace is sampled has
// a `send` span as a child of the span that caused it, and each of its deliveries a `process` span as a child of that.
import { Clock, Context, Effect, Exit, Option, type Tracer } from "effect"
import { errorTypeOf, inSpan, linksTo } from "../spans.ts"
import { isRecorded, recordedSpanOf, traceparentOf } from "../traceparent.ts"
import type { Delivery, OutgoingMessage } from "./ports/OrderQueue.ts"

/** A queue, as traces name it. */
export interface Destination {
  /** `messaging.system`. */
  readonly system: string
  readonly name: string
}

export const embeddedQueue: Destination = { system: "memory", name: "orders" }

/** The order queue of this process. An adapter's layer names its own. */
export const OrderDestination = Context.Reference<Destination>("services/orders/OrderDestination", {
  defaultValue: () => embeddedQueue
})

type Operation = "send" | "process" | "settle"

/** `operation`: as the queue's own API calls it. */
export const messagingAttributes = (
  { system, name }: Destination,
  operation: string,
  type: Operation
) => ({
  "messaging.system": system,
  "messaging.destination.name": name,
  "messaging.operation.name": operation,
  "messaging.operation.type": type
})

/** Ends spans with a time and a status. */
const endingBy =
  (clock: Clock.Clock) =>
  (span: Tracer.Span, exit: Exit.Exit<unknown, unknown>): void => {
    const type = Exit.isFailure(exit) ? errorTypeOf(exit.cause) : undefined
    if (type !== undefined) span.attribute("error.type", type)
    span.end(clock.currentTimeNanosUnsafe(), exit)
  }

/** Ends the span of a message that the queue has accepted. */
export type Accepted = (index: number, messageId: string) => void

const unheard: Accepted = () => undefined

/**
 * Sends messages, each in a span where its trace is recorded. `send` gets them with the `traceparent` of that span, and
 * tells which ones the queue has accepted. The spans of the others end as `send` does.
 */
export const inSendSpans = <A, E, R>(
  destination: Destination,
  messages: ReadonlyArray<OutgoingMessage>,
  send: (messages: ReadonlyArray<OutgoingMessage>, accepted: Accepted) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  messages.some(({ traceparent }) => isRecorded(traceparent))
    ? sendRecorded(destination, messages, send)
    : send(messages, unheard)

const sendRecorded = Effect.fnUntraced(function* <A, E, R>(
  destination: Destination,
  messages: ReadonlyArray<OutgoingMessage>,
  send: (messages: ReadonlyArray<OutgoingMessage>, accepted: Accepted) => Effect.Effect<A, E, R>
) {
  const end = endingBy(yield* Clock.Clock)
  const open = new Map<number, Tracer.Span>()
  const traced: Array<OutgoingMessage> = []
  for (const [index, message] of messages.entries()) {
    const parent = recordedSpanOf(message.traceparent)
    if (Option.isNone(parent)) {
      traced.push(message)
      continue
    }
    const span = yield* Effect.makeSpan(`send ${destination.name}`, {
      kind: "producer",
      parent: parent.value,
      attributes: messagingAttributes(destination, "send", "send")
    })
    open.set(index, span)
    traced.push({ ...message, traceparent: traceparentOf(span) })
  }
  const accepted: Accepted = (index, messageId) => {
    const span = open.get(index)
    if (span === undefined) return
    open.delete(index)
    span.attribute("messaging.message.id", messageId)
    end(span, Exit.void)
  }
  return yield* Effect.onExit(send(traced, accepted), (exit) =>
    Effect.sync(() => {
      for (const span of open.values()) end(span, exit)
    })
  )
})

/** Ends the spans of deliveries with this error. */
export type Failed = (deliveries: ReadonlyArray<Delivery>, error: Error) => void

const unshown: Failed = () => undefined

/**
 * Processes a batch of deliveries: in a span of each whose trace is recorded, and in one span of the batch, in the first
 * of these and linked to all of them. `work` tells which deliveries it has failed to process.
 */
export const inProcessSpans = <A, E, R>(
  destination: Destination,
  deliveries: ReadonlyArray<Delivery>,
  work: (failed: Failed) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  deliveries.some(({ traceparent }) => isRecorded(traceparent))
    ? processRecorded(destination, deliveries, work)
    : work(unshown)

const processRecorded = Effect.fnUntraced(function* <A, E, R>(
  destination: Destination,
  deliveries: ReadonlyArray<Delivery>,
  work: (failed: Failed) => Effect.Effect<A, E, R>
) {
  const end = endingBy(yield* Clock.Clock)
  const open = new Map<Delivery, Tracer.Span>()
  const attributes = messagingAttributes(destination, "process", "process")
  for (const delivery of deliveries) {
    const parent = recordedSpanOf(delivery.traceparent)
    if (Option.isNone(parent)) continue
    const span = yield* Effect.makeSpan(`process ${destination.name}`, {
      kind: "consumer",
      parent: parent.value,
      attributes: { ...attributes, "messaging.message.id": delivery.messageId }
    })
    open.set(delivery, span)
  }
  const failed: Failed = (some, error) => {
    for (const delivery of some) {
      const span = open.get(delivery)
      if (span === undefined) continue
      open.delete(delivery)
      end(span, Exit.fail(error))
    }
  }
  const spans = Array.from(open.values())
  const [first] = spans
  const batch =
    first === undefined
      ? work(failed)
      : inSpan(work(failed), {
          name: "confirm orders",
          kind: "internal",
          parent: first,
          links: linksTo(spans),
          attributes: { "messaging.batch.message_count": deliveries.length }
        })
  return yield* Effect.onExit(batch, (exit) =>
    Effect.sync(() => {
      for (const span of open.values()) end(span, exit)
    })
  )
})
