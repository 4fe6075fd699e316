// Port: the dead-letter queue as an operator sees it. A queue gives no random access, so every call receives all
// messages: it acts on the requested ones and makes the others visible again. Meanwhile other calls do not see the
// messages that it has received.
import { Context, Data, Effect, Option } from "effect"
import type { OrderId } from "../../ids.ts"
import { decodeOrderMessage } from "../model/OrderMessage.ts"

/** The queue cannot be reached, throttles, or refuses the credentials; the call may succeed later. */
export class DeadLettersError extends Data.TaggedError("DeadLettersError")<{
  readonly operation: "list" | "redrive" | "drop"
  readonly reason: "unavailable" | "throttled" | "denied"
  readonly cause: unknown
}> {}

export interface DeadLetter {
  /** Names it in the calls below. */
  readonly messageId: string
  readonly body: string
  /** Its order; None if the body does not decode. */
  readonly orderId: Option.Option<OrderId>
  readonly reason: string
  /**
   * Since when it is in the dead-letter queue. If SQS moved the message by its redrive policy, it keeps the time at
   * which the message was first sent.
   */
  readonly deadSince: Date
  /** As the queue counts: deliveries to workers, and on SQS also every read of this list. */
  readonly receiveCount: number
}

/** The reason of a message that the queue's own redrive policy moved. */
export const deliveredTooOften = "delivered too often"

/** The dead letter of a message; without a `reason` the queue moved the message itself. */
export const deadLetterOf = ({
  reason,
  ...message
}: Omit<DeadLetter, "orderId" | "reason"> & {
  readonly reason: Option.Option<string>
}): Effect.Effect<DeadLetter> =>
  Effect.map(Effect.option(decodeOrderMessage(message.body)), (decoded) => ({
    ...message,
    reason: Option.getOrElse(reason, () => deliveredTooOften),
    orderId: Option.map(decoded, ({ orderId }) => orderId)
  }))

/** Message ids, or all messages that are there when the call begins. */
export type DeadLetterSelection = ReadonlyArray<string> | "all"

export interface DeadLetterResult {
  /** The number of redriven or dropped messages. */
  readonly matched: number
  /** The ids that were not found. */
  readonly notFound: ReadonlyArray<string>
  /** False: the time was over before every message was processed, so another call may find more. */
  readonly complete: boolean
}

export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    /** At most `limit`, oldest first. The messages stay in the queue. */
    readonly list: (limit: number) => Effect.Effect<ReadonlyArray<DeadLetter>, DeadLettersError>
    /**
     * Sends messages to the order queue again, with their trace, then deletes them here. After a
     * failure or crash in between none is lost, and some may be in both queues, which is harmless. What
     * is dead-lettered again meanwhile is not redriven again.
     */
    readonly redrive: (
      selection: DeadLetterSelection
    ) => Effect.Effect<DeadLetterResult, DeadLettersError>
    /** Deletes messages. Their orders stay as they are. */
    readonly drop: (
      selection: DeadLetterSelection
    ) => Effect.Effect<DeadLetterResult, DeadLettersError>
  }
>()("services/orders/DeadLetters") {}
