// OrderQueue on Amazon SQS. A batch that SQS accepted in part is not a success: the failed messages are sent again, and
// reported to the caller if that is not possible.
import {
  type BatchResultErrorEntry,
  GetQueueAttributesCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchCommandOutput,
  SendMessageCommand
} from "@aws-sdk/client-sqs"
import { Effect, Layer, Option, Random } from "effect"
import { chunksOf } from "effect/Array"
import {
  type Accepted,
  type Destination,
  inSendSpans,
  messagingAttributes,
  OrderDestination
} from "../../services/orders/messageSpans.ts"
import {
  type Delivery,
  OrderQueue,
  OrderQueueError,
  type OutgoingMessage
} from "../../services/orders/ports/OrderQueue.ts"
import { inRecordedSpan } from "../../services/spans.ts"
import { type DeadLetterQueueOptions, findDeadLetterQueue } from "./findDeadLetterQueue.ts"
import { SqsClient, SqsError } from "./SqsClient.ts"
import { batchesAtOnce, batchSize, deliveriesOf } from "./sqsDeliveries.ts"
import { classifySqsEntry } from "./sqsErrors.ts"

export type SqsOrderQueueOptions = DeadLetterQueueOptions

const sendAttempts = 3
/** Attributes count towards the size of a message. */
const maxReasonLength = 1000

export const layer = ({
  queueUrl,
  deadLetterQueueUrl
}: SqsOrderQueueOptions): Layer.Layer<OrderQueue, never, SqsClient> => {
  const destination = destinationOf(queueUrl)
  const queue = Layer.effect(
    OrderQueue,
    Effect.gen(function* () {
      const sqs = yield* SqsClient

      const sendBatch = Effect.fnUntraced(function* (
        messages: ReadonlyArray<OutgoingMessage>,
        accepted: Accepted
      ) {
        // One that is sent again keeps its id, although SQS gives the copy another.
        const ids = messages.map(({ messageId = "" }) => messageId)
        const note: Accepted = (index, messageId) => {
          ids[index] ||= messageId
          accepted(index, ids[index])
        }
        let entries = messages.map(entryOf)
        for (let attempt = 1; ; attempt++) {
          const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries })
          const answer = yield* sqs.use((client, how) => client.send(command, how))
          tellAccepted(answer, note)
          const { Failed = [] } = answer
          const [first] = Failed
          if (first === undefined) return ids
          const error = yield* refusalOf(first, Failed.length)
          if (attempt === sendAttempts) return yield* error
          const failed = new Set(Failed.map(({ Id }) => Id))
          entries = entries.filter(({ Id }) => failed.has(Id))
          yield* Effect.sleep(yield* Random.nextBetween(50, 100 * 2 ** attempt))
        }
      })

      const send = Effect.fnUntraced(function* (messages: ReadonlyArray<OutgoingMessage>) {
        const batches = chunksOf(messages, batchSize)
        // A batch that fails does not keep the others from being sent.
        const [ids, [error]] = yield* Effect.partition(
          batches,
          (batch) => inSendSpans(destination, batch, sendBatch),
          { concurrency: batchesAtOnce }
        )
        if (error !== undefined) return yield* error
        return ids.flat()
      })

      const receive = Effect.fnUntraced(function* ({
        max,
        waitSeconds,
        visibilitySeconds
      }: Parameters<OrderQueue["Service"]["receive"]>[0]) {
        const command = new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: max,
          WaitTimeSeconds: waitSeconds,
          VisibilityTimeout: visibilitySeconds,
          MessageAttributeNames: ["traceparent", "messageId"],
          MessageSystemAttributeNames: ["ApproximateReceiveCount"]
        })
        const { Messages = [] } = yield* sqs.use(
          (client, how) => client.send(command, how),
          waitSeconds
        )
        return Messages.map(deliveryOf)
      })

      const { acknowledge, changeVisibility } = deliveriesOf(sqs, queueUrl)
      const acknowledgeInSpan = (receipts: ReadonlyArray<string>) =>
        inRecordedSpan(acknowledge(receipts), () => ({
          name: `delete ${destination.name}`,
          kind: "client",
          attributes: {
            ...messagingAttributes(destination, "delete", "settle"),
            "messaging.batch.message_count": receipts.length
          }
        }))
      const findDeadLetterUrl = findDeadLetterQueue(sqs, { queueUrl, deadLetterQueueUrl })

      const deadLetter = Effect.fnUntraced(function* (
        { messageId, receipt, body, traceparent }: Delivery,
        reason: string
      ) {
        const deadLetterUrl = yield* findDeadLetterUrl
        const command = new SendMessageCommand({
          QueueUrl: deadLetterUrl,
          MessageBody: body,
          MessageAttributes: attributes({ traceparent, messageId, reason: attributeText(reason) })
        })
        yield* inRecordedSpan(
          sqs.use((client, how) => client.send(command, how)),
          () => {
            const dead = destinationOf(deadLetterUrl)
            return {
              name: `send ${dead.name}`,
              kind: "producer",
              attributes: messagingAttributes(dead, "send", "send")
            }
          }
        )
        const left = yield* acknowledge([receipt])
        if (left.length > 0)
          return yield* new SqsError({
            reason: "unavailable",
            cause: new Error("the message is in the dead-letter queue, and still in its own")
          })
      })

      const count = Effect.fnUntraced(function* (url: string) {
        const command = new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed"
          ]
        })
        const { Attributes = {} } = yield* sqs.use((client, how) => client.send(command, how))
        return {
          visible: Number(Attributes["ApproximateNumberOfMessages"]),
          inFlight: Number(Attributes["ApproximateNumberOfMessagesNotVisible"]),
          delayed: Number(Attributes["ApproximateNumberOfMessagesDelayed"])
        }
      })

      return OrderQueue.of({
        send: (messages) => Effect.mapError(send(messages), failed("send")),
        receive: (options) => Effect.mapError(receive(options), failed("receive")),
        acknowledge: (receipts) =>
          Effect.mapError(acknowledgeInSpan(receipts), failed("acknowledge")),
        changeVisibility: (changes) =>
          Effect.mapError(changeVisibility(changes), failed("changeVisibility")),
        deadLetter: (delivery, reason) =>
          Effect.mapError(deadLetter(delivery, reason), failed("deadLetter")),
        count: (which) =>
          Effect.mapError(
            which === "orders" ? count(queueUrl) : Effect.flatMap(findDeadLetterUrl, count),
            failed("count")
          )
      })
    })
  )
  return Layer.merge(queue, Layer.succeed(OrderDestination, destination))
}

const tellAccepted = (
  { Successful = [] }: Partial<SendMessageBatchCommandOutput>,
  accepted: Accepted
): void => {
  for (const { Id, MessageId = "" } of Successful) accepted(Number(Id), MessageId)
}

/** A queue's URL ends with its name. */
const destinationOf = (url: string): Destination => ({
  system: "aws_sqs",
  name: url.slice(url.lastIndexOf("/") + 1)
})

const failed =
  (operation: string) =>
  ({ reason, cause }: SqsError): OrderQueueError =>
    new OrderQueueError({ operation, reason, cause })

/** Why SQS refused messages, by the first of them; a defect where another attempt would not help. */
const refusalOf = (first: BatchResultErrorEntry, count: number): Effect.Effect<SqsError> => {
  const cause = new Error(`SQS refused ${count} messages: ${first.Code}`)
  return Option.match(classifySqsEntry(first), {
    onNone: () => Effect.die(cause),
    onSome: (reason) => Effect.succeed(new SqsError({ reason, cause }))
  })
}

/** Of a batch: named by its index. */
const entryOf = ({ body, traceparent, messageId = "" }: OutgoingMessage, index: number) => ({
  Id: String(index),
  MessageBody: body,
  MessageAttributes: attributes({ traceparent, messageId })
})

/** SQS refuses an attribute without a value, so an empty one is left out. */
const attributes = (texts: Record<string, string>): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(texts)
      .filter(([, text]) => text !== "")
      .map(([name, text]) => [name, { DataType: "String", StringValue: text }])
  )

/** The characters that SQS takes are those of XML; others become spaces. */
const attributeText = (text: string): string =>
  text
    .slice(0, maxReasonLength)
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, " ")

const deliveryOf = ({
  MessageId = "",
  ReceiptHandle = "",
  Body = "",
  MessageAttributes,
  Attributes
}: Message): Delivery => ({
  messageId: MessageAttributes?.["messageId"]?.StringValue ?? MessageId,
  receipt: ReceiptHandle,
  body: Body,
  traceparent: MessageAttributes?.["traceparent"]?.StringValue ?? "",
  receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1)
})
