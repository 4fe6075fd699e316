// The functions of AWS Lambda in a process of their own, with an event source of SQS in place of Lambda's.
import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient
} from "@aws-sdk/client-sqs"
import type { Invoke, Invoked } from "./lambda-program.ts"

export interface LambdaFunctions {
  readonly pid: number
  /** The result; throws where the function did. */
  readonly invoke: (
    handler: Invoke["handler"],
    event: unknown,
    timeoutMillis?: number
  ) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** `env`: the functions' configuration. They need the build. */
export const startLambda = (env: Readonly<Record<string, string>>): LambdaFunctions => {
  const child = fork(join(import.meta.dirname, "lambda-program.ts"), [], { env, execArgv: [] })
  return {
    pid: child.pid ?? 0,
    invoke: async (handler, event, timeoutMillis = 30_000) => {
      const answer = once(child, "message")
      child.send({ handler, event, timeoutMillis } satisfies Invoke)
      const [invoked]: Array<Invoked> = await answer
      if (invoked === undefined) throw new Error("no answer")
      if ("error" in invoked) throw new Error(invoked.error)
      return invoked.result
    },
    stop: async () => {
      const gone = once(child, "exit")
      child.kill("SIGKILL")
      await gone
    }
  }
}

/** As Lambda words a message: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const recordOf = (message: Message) => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: {
    ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount,
    SentTimestamp: message.Attributes?.SentTimestamp
  },
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue, DataType }]) => [
      name,
      { stringValue: StringValue, stringListValues: [], binaryListValues: [], dataType: DataType }
    ])
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:orders",
  awsRegion: "us-east-1"
})

/**
 * One round of an event source with `ReportBatchItemFailures`: receives up to ten messages, hands them over, and deletes
 * those that the function does not name. Returns how many it received and the ids of those that stay.
 */
export const pollForLambda = async (
  sqs: SQSClient,
  queueUrl: string,
  { invoke }: LambdaFunctions
): Promise<{ readonly received: number; readonly kept: ReadonlyArray<string> }> => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 5,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"]
    })
  )
  if (Messages.length === 0) return { received: 0, kept: [] }
  const { batchItemFailures } = (await invoke("orders", { Records: Messages.map(recordOf) })) as {
    readonly batchItemFailures: ReadonlyArray<{ readonly itemIdentifier: string }>
  }
  const kept = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
  const ended = Messages.filter(({ MessageId = "" }) => !kept.includes(MessageId))
  if (ended.length > 0)
    await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: ended.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }))
      })
    )
  return { received: Messages.length, kept }
}
