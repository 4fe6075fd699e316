// OrderQueue on Amazon SQS. A batch that SQS took in part is no success: what failed is sent again, and
// named to the caller where it can't be.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand
} from "@aws-sdk/client-sqs"
import { Effect, Layer, Option, Random, Schema } from "effect"
import { chunksOf, flatten } from "effect/Array"
import {
  type Delivery,
  OrderQueue,
  OrderQueueError,
  type OutgoingMessage
} from "../../services/orders/OrderQueue.ts"
import { SqsClient, SqsError } from "./SqsClient.ts"
import { classifySqsEntry } from "./sqsErrors.ts"

export interface SqsOrderQueueOptions {
  readonly queueUrl: string
  /** Without it: the target of the queue's redrive policy, looked up when it is first needed. */
  readonly deadLetterQueueUrl?: string | undefined
}

/** What SQS takes in one batch. */
const batchSize = 10
const batchesAtOnce = 5
const sendAttempts = 3
/** Attributes count towards the size of a message. */
const maxReasonLength = 1000

export const layer = ({
  queueUrl,
  deadLetterQueueUrl
}: SqsOrderQueueOptions): Layer.Layer<OrderQueue, never, SqsClient> =>
  Layer.effect(
    OrderQueue,
    Effect.gen(function* () {
      const sqs = yield* SqsClient

      const sendBatch = Effect.fnUntraced(function* (messages: ReadonlyArray<OutgoingMessage>) {
        let entries = messages.map(({ body, traceparent }, index) => ({
          Id: String(index),
          MessageBody: body,
          MessageAttributes: attributes({ traceparent })
        }))
        for (let attempt = 1; ; attempt++) {
          const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries })
          const { Failed = [] } = yield* sqs.use((client, how) => client.send(command, how))
          const [first] = Failed
          if (first === undefined) return
          const cause = new Error(`SQS refused ${Failed.length} messages: ${first.Code}`)
          const reason = classifySqsEntry(first)
          if (reason === undefined) return yield* Effect.die(cause)
          if (attempt === sendAttempts) return yield* new SqsError({ reason, cause })
          const failed = new Set(Failed.map(({ Id }) => Id))
          entries = entries.filter(({ Id }) => failed.has(Id))
          yield* Effect.sleep(yield* Random.nextBetween(50, 100 * 2 ** attempt))
        }
      })

      const send = Effect.fn("SqsOrderQueue.send")(function* (
        messages: ReadonlyArray<OutgoingMessage>
      ) {
        const batches = chunksOf(messages, batchSize)
        // A batch that fails does not keep the others from being sent.
        const [, [error]] = yield* Effect.partition(batches, sendBatch, {
          concurrency: batchesAtOnce
        })
        if (error !== undefined) return yield* error
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
          MessageAttributeNames: ["traceparent"],
          MessageSystemAttributeNames: ["ApproximateReceiveCount"]
        })
        const { Messages = [] } = yield* sqs.use(
          (client, how) => client.send(command, how),
          waitSeconds
        )
        return Messages.map(deliveryOf)
      })

      const acknowledge = inBatches((receipts: ReadonlyArray<string>) => {
        const command = new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
        })
        return sqs
          .use((client, how) => client.send(command, how))
          .pipe(Effect.map(({ Failed = [] }) => named(Failed, receipts)))
      })

      const changeVisibility = inBatches(
        (changes: ReadonlyArray<{ readonly receipt: string; readonly seconds: number }>) => {
          const command = new ChangeMessageVisibilityBatchCommand({
            QueueUrl: queueUrl,
            Entries: changes.map(({ receipt, seconds }, index) => ({
              Id: String(index),
              ReceiptHandle: receipt,
              VisibilityTimeout: seconds
            }))
          })
          return sqs
            .use((client, how) => client.send(command, how))
            .pipe(
              Effect.map(({ Failed = [] }) =>
                named(
                  Failed,
                  changes.map(({ receipt }) => receipt)
                )
              )
            )
        }
      )

      let foundDeadLetterUrl = deadLetterQueueUrl
      const findDeadLetterUrl = Effect.gen(function* () {
        if (foundDeadLetterUrl !== undefined) return foundDeadLetterUrl
        const policy = new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: ["RedrivePolicy"]
        })
        const { Attributes } = yield* sqs.use((client, how) => client.send(policy, how))
        const target = decodeRedrivePolicy(Attributes?.["RedrivePolicy"])
        if (Option.isNone(target)) return yield* new SqsError(noDeadLetterQueue)
        const name = target.value.deadLetterTargetArn.split(":").at(-1)
        const lookup = new GetQueueUrlCommand({ QueueName: name })
        const { QueueUrl } = yield* sqs.use((client, how) => client.send(lookup, how))
        if (QueueUrl === undefined) return yield* new SqsError(noDeadLetterQueue)
        foundDeadLetterUrl = QueueUrl
        return QueueUrl
      })

      const deadLetter = Effect.fn("SqsOrderQueue.deadLetter")(function* (
        { receipt, body, traceparent }: Delivery,
        reason: string
      ) {
        const command = new SendMessageCommand({
          QueueUrl: yield* findDeadLetterUrl,
          MessageBody: body,
          MessageAttributes: attributes({ traceparent, reason: attributeText(reason) })
        })
        yield* sqs.use((client, how) => client.send(command, how))
        const left = yield* acknowledge([receipt])
        if (left.length > 0)
          return yield* new SqsError({
            reason: "unavailable",
            cause: new Error("the message is in the dead-letter queue, and still in its own")
          })
      })

      return OrderQueue.of({
        send: (messages) => Effect.mapError(send(messages), failed("send")),
        receive: (options) => Effect.mapError(receive(options), failed("receive")),
        acknowledge: (receipts) => Effect.mapError(acknowledge(receipts), failed("acknowledge")),
        changeVisibility: (changes) =>
          Effect.mapError(changeVisibility(changes), failed("changeVisibility")),
        deadLetter: (delivery, reason) =>
          Effect.mapError(deadLetter(delivery, reason), failed("deadLetter"))
      })
    })
  )

const failed =
  (operation: string) =>
  ({ reason, cause }: SqsError): OrderQueueError =>
    new OrderQueueError({ operation, reason, cause })

const noDeadLetterQueue = {
  reason: "denied",
  cause: new Error("no dead-letter queue is configured, and the queue has no redrive policy")
} as const

const decodeRedrivePolicy = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ deadLetterTargetArn: Schema.String }))
)

/** Calls once per batch, and answers what all of them answered. */
const inBatches =
  <In, Out>(call: (batch: ReadonlyArray<In>) => Effect.Effect<ReadonlyArray<Out>, SqsError>) =>
  (all: ReadonlyArray<In>): Effect.Effect<ReadonlyArray<Out>, SqsError> =>
    Effect.map(
      Effect.forEach(chunksOf(all, batchSize), call, { concurrency: batchesAtOnce }),
      flatten
    )

/** The receipts that a batch's `Failed` is about: entries are named by their index. */
const named = (
  entries: ReadonlyArray<{ readonly Id: string | undefined }>,
  receipts: ReadonlyArray<string>
): ReadonlyArray<string> => entries.flatMap(({ Id }) => receipts[Number(Id)] ?? [])

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
  messageId: MessageId,
  receipt: ReceiptHandle,
  body: Body,
  traceparent: MessageAttributes?.["traceparent"]?.StringValue ?? "",
  receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1)
})
