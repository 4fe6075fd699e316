// When there are so many messages in a queue.
import type { SQSClient } from "@aws-sdk/client-sqs"
import { depthOf } from "../harness/queues.ts"

const lookEveryMs = 20

/** Asks until it is so: a queue sends no notice. */
export async function untilDepth(
  sqs: SQSClient,
  queueUrl: string,
  isReached: (depth: number) => boolean,
  signal: AbortSignal
): Promise<void> {
  while (!isReached(await depthOf(sqs, queueUrl, signal)))
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
}
