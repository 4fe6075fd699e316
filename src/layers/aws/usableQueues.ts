// Refuses at start an order queue that the worker can't use, with a sentence that says how to repair it. A process does
// start while SQS is unavailable, throttles, or can't answer the check.
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs"
import { Data, Effect, Layer, Option, Schema } from "effect"
import type { DeadLetterQueueOptions } from "./findDeadLetterQueue.ts"
import { SqsClient } from "./SqsClient.ts"

export interface QueueNeeds extends DeadLetterQueueOptions {
  /** The worker gives a message up at this delivery. */
  readonly deliveries: number
  /** How long a message has to stay until then. */
  readonly retentionSeconds: number
}

export class UnusableQueue extends Data.TaggedError("UnusableQueue")<{
  readonly message: string
}> {}

/** The start continues without an answer. */
const deadline = "3 seconds"

/** SQS does not know these credentials, or does not allow them. Others, such as an expired token, may pass. */
export const refusals = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "InvalidClientTokenId",
  "NotAuthorized",
  "UnrecognizedClientException"
])

type Attributes = Readonly<Record<string, string>>

/** What SQS says of the queue, or the name of its refusal. */
const ask = (queueUrl: string) =>
  SqsClient.use(({ use }) =>
    use(async (client, how) => {
      // By name, a server that lacks one of the attributes refuses the question.
      const question = new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ["All"]
      })
      try {
        const { Attributes = {} } = await client.send(question, how)
        return { attributes: Attributes as Attributes }
      } catch (error) {
        if (error instanceof Error && refusals.has(error.name)) return { refusal: error.name }
        throw error
      }
    })
  )

const decodeRedrive = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({ maxReceiveCount: Schema.Union([Schema.Number, Schema.NumberFromString]) })
  )
)

const isFifo = (queueUrl: string): boolean => /\.fifo\/?$/u.test(queueUrl)

/** What the variables alone show. */
const problemOfUrls = ({ queueUrl, deadLetterQueueUrl }: QueueNeeds): string | undefined => {
  if (isFifo(queueUrl))
    return "AWS_SQS_QUEUE_URL names a FIFO queue, and orders are sent without the group that it asks for: make a standard queue (aws sqs create-queue --queue-name orders) and name that."
  if (deadLetterQueueUrl === undefined) return undefined
  if (isFifo(deadLetterQueueUrl))
    return "AWS_SQS_DLQ_URL names a FIFO queue, and the dead letters of a standard queue go to a standard one: make one (aws sqs create-queue --queue-name orders-dead) and name that."
  return deadLetterQueueUrl === queueUrl
    ? "AWS_SQS_DLQ_URL names the order queue itself: name another queue, or leave it out to use the one of the redrive policy."
    : undefined
}

const problemOfAttributes = (
  attributes: Attributes,
  { deliveries, retentionSeconds }: QueueNeeds
): string | undefined => {
  const redrive = decodeRedrive(attributes["RedrivePolicy"])
  if (Option.isSome(redrive) && redrive.value.maxReceiveCount <= deliveries)
    return `The order queue's redrive policy has maxReceiveCount ${redrive.value.maxReceiveCount}, and SQS would move messages before the worker has tried ${deliveries} times: set it to ${deliveries + 1} or more, such as 100 (aws sqs set-queue-attributes).`
  const kept = attributes["MessageRetentionPeriod"]
  return kept !== undefined && Number(kept) < retentionSeconds
    ? `The order queue keeps messages for ${kept} s, and the worker's tries take up to ${retentionSeconds} s: set its MessageRetentionPeriod to that or more, such as 1209600 (aws sqs set-queue-attributes).`
    : undefined
}

const refusedBy = (name: string): string =>
  `SQS refuses this process the order queue (${name}): check the AWS credentials, and allow them sqs:GetQueueAttributes and the other actions of docs/deploy.md, "IAM", on the queue of AWS_SQS_QUEUE_URL.`

/** Why the worker can't work with the queue, and how to mend it; undefined where it can or SQS does not tell. */
export const queueProblem = Effect.fnUntraced(function* (needs: QueueNeeds) {
  const shown = problemOfUrls(needs)
  if (shown !== undefined) return shown
  const answer = yield* Effect.timeoutOption(ask(needs.queueUrl), deadline)
  if (Option.isNone(answer)) return undefined
  const { attributes, refusal } = { attributes: undefined, refusal: undefined, ...answer.value }
  if (refusal !== undefined) return refusedBy(refusal)
  return attributes === undefined ? undefined : problemOfAttributes(attributes, needs)
})

export const layer = (needs: QueueNeeds): Layer.Layer<never, UnusableQueue, SqsClient> =>
  Layer.effectDiscard(
    queueProblem(needs).pipe(
      Effect.catchTag("SqsError", (error) =>
        Effect.as(Effect.logWarning("the order queue could not be checked", error), undefined)
      ),
      Effect.catchDefect((defect) =>
        Effect.as(Effect.logWarning("the order queue could not be checked", defect), undefined)
      ),
      Effect.flatMap((message) =>
        message === undefined ? Effect.void : new UnusableQueue({ message })
      )
    )
  )
