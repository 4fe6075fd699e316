// The dead-letter queue: the configured one, or the one of the order queue's redrive policy.
import { GetQueueAttributesCommand, GetQueueUrlCommand } from "@aws-sdk/client-sqs"
import { Effect, Option, Schema } from "effect"
import { type SqsClient, SqsError } from "./SqsClient.ts"

export interface DeadLetterQueueOptions {
  readonly queueUrl: string
  /** Without it: the target of the queue's redrive policy, looked up when it is first needed. */
  readonly deadLetterQueueUrl?: string | undefined
}

/** The URL of the dead-letter queue; what was found is kept. */
export const findDeadLetterQueue = (
  sqs: SqsClient["Service"],
  { queueUrl, deadLetterQueueUrl }: DeadLetterQueueOptions
): Effect.Effect<string, SqsError> => {
  let found = deadLetterQueueUrl
  return Effect.gen(function* () {
    if (found !== undefined) return found
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
    found = QueueUrl
    return QueueUrl
  })
}

const noDeadLetterQueue = {
  reason: "denied",
  cause: new Error("no dead-letter queue is configured, and the queue has no redrive policy")
} as const

const decodeRedrivePolicy = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ deadLetterTargetArn: Schema.String }))
)
