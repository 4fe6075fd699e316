// A fresh pair of queues (the order queue and its dead-letter queue) on any SQS endpoint: a few
// milliseconds, so every test can have its own.

import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient
} from "@aws-sdk/client-sqs"

export interface QueuePair {
  readonly queueUrl: string
  readonly dlqUrl: string
}

export interface SqsAddress extends QueuePair {
  readonly endpoint: string
}

export interface QueueOptions {
  /** Receives before a message moves to the dead-letter queue. */
  readonly maxReceiveCount?: number
  readonly visibilitySeconds?: number
  /** Of the order queue: a fresh one without it. */
  readonly name?: string
}

/** What the local services accept; they check that there are credentials, not which. */
export const awsTestAccess = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" }
}

export function testSqsClient(endpoint: string): SQSClient {
  return new SQSClient({ endpoint, ...awsTestAccess })
}

/** How many messages a queue holds, whether they can be received now or are in work. */
export async function depthOf(
  sqs: SQSClient,
  queueUrl: string,
  abortSignal?: AbortSignal
): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    }),
    abortSignal === undefined ? {} : { abortSignal }
  )
  return (
    Number(Attributes["ApproximateNumberOfMessages"]) +
    Number(Attributes["ApproximateNumberOfMessagesNotVisible"])
  )
}

/** The most messages of one call. */
export const messagesPerCall = 10

/** Sends up to `messagesPerCall` messages in one call; throws where SQS refuses one of them. */
export async function sendBatch(
  sqs: SQSClient,
  queueUrl: string,
  bodies: ReadonlyArray<string>
): Promise<void> {
  const { Failed = [] } = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody }))
    })
  )
  if (Failed.length > 0) throw new Error(`SQS refused ${Failed.length} messages`)
}

export async function createQueues(
  endpoint: string,
  options: QueueOptions = {}
): Promise<SqsAddress> {
  const client = testSqsClient(endpoint)
  const { name = `orders-${crypto.randomUUID()}` } = options
  try {
    const dlqUrl = await createQueue(client, `${name}-dead`, {})
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: dlqUrl, AttributeNames: ["QueueArn"] })
    )
    const queueUrl = await createQueue(client, name, {
      VisibilityTimeout: String(options.visibilitySeconds ?? 30),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: Attributes?.["QueueArn"],
        maxReceiveCount: options.maxReceiveCount ?? 10
      })
    })
    return { endpoint, queueUrl, dlqUrl }
  } finally {
    client.destroy()
  }
}

export async function deleteQueues({ endpoint, queueUrl, dlqUrl }: SqsAddress): Promise<void> {
  const client = testSqsClient(endpoint)
  try {
    await client.send(new DeleteQueueCommand({ QueueUrl: queueUrl }))
    await client.send(new DeleteQueueCommand({ QueueUrl: dlqUrl }))
  } finally {
    client.destroy()
  }
}

async function createQueue(
  client: SQSClient,
  name: string,
  attributes: Record<string, string>
): Promise<string> {
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: name, Attributes: attributes })
  )
  if (QueueUrl === undefined) throw new Error(`SQS made no queue ${name}`)
  return QueueUrl
}
