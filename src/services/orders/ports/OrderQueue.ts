// Port: the queue between API and worker, at least once, unordered, with visibility timeouts and a
// dead-letter queue (the semantics of SQS).
import { Context, Data, type Effect } from "effect"

/** The queue cannot be reached, throttles, or refuses the credentials; the call may succeed later. */
export class OrderQueueError extends Data.TaggedError("OrderQueueError")<{
  readonly operation: string
  /** `denied`: credentials or queue are wrong, retrying soon is pointless. */
  readonly reason: "unavailable" | "throttled" | "denied"
  readonly cause: unknown
}> {}

export interface OutgoingMessage {
  readonly body: string
  /** W3C trace context of the request that caused the message, empty without one. */
  readonly traceparent: string
  /** The id of a message that is sent again, which it keeps; absent: it gets one. */
  readonly messageId?: string
}

/** One delivery of a message: valid until its visibility timeout ends. */
export interface Delivery {
  /** The same for all deliveries of a message, for its dead letter, and after it was redriven. */
  readonly messageId: string
  /** Names this delivery in the calls below. */
  readonly receipt: string
  readonly body: string
  readonly traceparent: string
  /** 1 for the first delivery. */
  readonly receiveCount: number
}

/** The approximate numbers of messages in a queue. */
export interface QueueCount {
  readonly visible: number
  /** Received, and hidden until they are deleted or their visibility timeout ends. */
  readonly inFlight: number
  /** Sent, and not visible yet. */
  readonly delayed: number
}

export class OrderQueue extends Context.Service<
  OrderQueue,
  {
    /**
     * Sends all, in batches of 10, and answers their ids, in their order. Fails if any was not accepted; others may
     * have been sent then. A message whose trace is recorded travels with the context of its own `send` span, below the
     * one it was given.
     */
    readonly send: (
      messages: ReadonlyArray<OutgoingMessage>
    ) => Effect.Effect<ReadonlyArray<string>, OrderQueueError>
    /**
     * Takes up to `max` (1–10) messages, waiting up to `waitSeconds` (0–20) for a first one; hides
     * them from others for `visibilitySeconds`. Interruptible: an aborted poll takes nothing, but for
     * what the server had sent off, which comes back after its visibility timeout.
     */
    readonly receive: (options: {
      readonly max: number
      readonly waitSeconds: number
      readonly visibilitySeconds: number
    }) => Effect.Effect<ReadonlyArray<Delivery>, OrderQueueError>
    /** Deletes deliveries. Returns the receipts that could not be deleted: their messages are delivered again. */
    readonly acknowledge: (
      receipts: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<string>, OrderQueueError>
    /**
     * Hides deliveries for `seconds` (0–43200) from now; 0 makes them visible again immediately. Returns the
     * receipts for which it failed: their visibility timeout stays as it was.
     */
    readonly changeVisibility: (
      changes: ReadonlyArray<{ readonly receipt: string; readonly seconds: number }>
    ) => Effect.Effect<ReadonlyArray<string>, OrderQueueError>
    /**
     * Moves a delivery to the dead-letter queue with its reason: sends it there, then deletes it, so
     * that it is never lost and may be there twice.
     */
    readonly deadLetter: (
      delivery: Delivery,
      reason: string
    ) => Effect.Effect<void, OrderQueueError>
    /** SQS counts with a delay of up to a minute; fails as `denied` without the right. */
    readonly count: (queue: "orders" | "deadLetters") => Effect.Effect<QueueCount, OrderQueueError>
  }
>()("services/orders/OrderQueue") {}
