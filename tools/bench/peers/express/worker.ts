// The usual worker: receives up to 10 messages and takes them one at a time. A message that could not be
// handled stays in the queue, which delivers it again.
import { DeleteMessageCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs"
import { openSqs } from "../../aws.ts"
import { readSettings } from "../../settings.ts"
import { untilSignal } from "../../untilSignal.ts"
import { openConfirmer } from "./confirm.ts"

const settings = readSettings()
const QueueUrl = settings.AWS_SQS_QUEUE_URL
const { confirm, close } = await openConfirmer(settings)
const sqs = openSqs()

const stopping = new AbortController()
const { signal } = stopping

const receive = async () => {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 20
  })
  const { Messages = [] } = await sqs.send(command, { abortSignal: signal })
  return Messages
}

const work = async (): Promise<void> => {
  for (const message of await receive()) {
    if (signal.aborted) return
    try {
      await confirm(message)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
    } catch (error) {
      console.error(`Message ${message.MessageId} stays in the queue`, error)
    }
  }
}

const loop = async (): Promise<void> => {
  while (!signal.aborted) {
    try {
      await work()
    } catch (error) {
      if (signal.aborted) return
      console.error(error)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
}

const looping = loop()
await untilSignal()
stopping.abort()
await looping
await close()
sqs.destroy()
