// The adapters of SQS on queues of their own, as their contracts ask for them, and what tests make of such queues.
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs"
import { Effect, Layer, Redacted } from "effect"
import type { AwsAccess } from "../../../src/layers/aws/AwsAccess.ts"
import * as SqsClient from "../../../src/layers/aws/SqsClient.ts"
import * as SqsDeadLetters from "../../../src/layers/aws/SqsDeadLetters.ts"
import * as SqsOrderQueue from "../../../src/layers/aws/SqsOrderQueue.ts"
import type { OrderQueue } from "../../../src/services/orders/ports/OrderQueue.ts"
import {
  awsTestAccess,
  createQueues,
  deleteQueues,
  type QueueOptions,
  testSqsClient
} from "../../../tools/harness/queues.ts"
import type { DeadLettersSubject } from "../../contract/deadLetters.ts"
import { DeadLetterProbe } from "../../contract/orderQueue.ts"

export const optionsFor = (endpoint: string): AwsAccess => ({
  endpoint,
  region: awsTestAccess.region,
  credentials: {
    accessKeyId: awsTestAccess.credentials.accessKeyId,
    secretAccessKey: Redacted.make(awsTestAccess.credentials.secretAccessKey)
  }
})

export const clientOf = (endpoint: string) => Layer.orDie(SqsClient.layer(optionsFor(endpoint)))

export const freshQueues = (endpoint: string, options: QueueOptions) =>
  Effect.acquireRelease(
    Effect.promise(() => createQueues(endpoint, options)),
    (queues) => Effect.promise(() => deleteQueues(queues))
  )

/** It is told of the dead-letter queue, or has to find it. */
export const orderQueueOn =
  (endpoint: Effect.Effect<string>, told: boolean) =>
  (options: QueueOptions): Layer.Layer<OrderQueue | DeadLetterProbe> =>
    Layer.unwrap(
      Effect.gen(function* () {
        const url = yield* endpoint
        const { queueUrl, dlqUrl } = yield* freshQueues(url, options)
        const deadLetterQueueUrl = told ? dlqUrl : undefined
        return SqsOrderQueue.layer({ queueUrl, deadLetterQueueUrl }).pipe(
          Layer.provide(clientOf(url)),
          Layer.merge(Layer.succeed(DeadLetterProbe, { list: deadLettersIn(url, dlqUrl) }))
        )
      })
    )

const deadLettersIn = (endpoint: string, dlqUrl: string) =>
  Effect.promise(async () => {
    const client = testSqsClient(endpoint)
    try {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: dlqUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 2,
          MessageAttributeNames: ["All"]
        })
      )
      return Messages.map(({ Body = "", MessageAttributes }) => ({
        body: Body,
        traceparent: MessageAttributes?.["traceparent"]?.StringValue ?? "",
        reason: MessageAttributes?.["reason"]?.StringValue
      }))
    } finally {
      client.destroy()
    }
  })

/** The same for dead letters. */
export const deadLettersOn =
  (endpoint: Effect.Effect<string>, told: boolean): DeadLettersSubject =>
  (options) =>
    Layer.unwrap(
      Effect.gen(function* () {
        const url = yield* endpoint
        const { queueUrl, dlqUrl } = yield* freshQueues(url, options)
        const queues = { queueUrl, deadLetterQueueUrl: told ? dlqUrl : undefined }
        // Far from what a call takes, also on a busy machine.
        return SqsDeadLetters.layer({ ...queues, withinSeconds: 20 }).pipe(
          Layer.provideMerge(SqsOrderQueue.layer(queues)),
          Layer.provide(clientOf(url))
        )
      })
    )
