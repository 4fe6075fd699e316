// How many messages are in a queue, and when there are so many.
import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs"

const lookEveryMs = 20

/** Waiting and in work. */
const depthOf = async (sqs: SQSClient, queueUrl: string, signal: AbortSignal): Promise<number> => {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] })
  const { Attributes = {} } = await sqs.send(command, { abortSignal: signal })
  return (
    Number(Attributes["ApproximateNumberOfMessages"]) +
    Number(Attributes["ApproximateNumberOfMessagesNotVisible"])
  )
}

/** Asks until it is so: a queue tells nobody. */
export async function untilDepth(
  sqs: SQSClient,
  queueUrl: string,
  isReached: (depth: number) => boolean,
  signal: AbortSignal
): Promise<void> {
  while (!isReached(await depthOf(sqs, queueUrl, signal)))
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
}
