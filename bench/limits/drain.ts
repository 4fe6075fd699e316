// The limit of a worker: receive 10 messages, one call of SES for each, delete the 10, with as many receivers
// as fill WORKER_CONCURRENCY. No database, no cache. Prints {"messages": drained, "seconds": taken}.
//   node bench/limits/drain.ts --messages N
import { SendEmailCommand } from "@aws-sdk/client-ses"
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs"
import { withoutExtras } from "../../src/layers/aws/withoutExtras.ts"
import { openSes, openSqs } from "../aws.ts"
import { readSettings } from "../settings.ts"
import { counts } from "./count.ts"

const batchSize = 10
const settings = readSettings()
const { messages } = counts({ messages: 5000 })
const QueueUrl = settings.AWS_SQS_QUEUE_URL
// As bare as the system's own.
const sqs = withoutExtras(openSqs())
const ses = withoutExtras(openSes())

/** Aborted once everything is drained: the other receivers wait for messages that don't come. */
const finished = new AbortController()
let left = messages

const receive = async (): Promise<ReadonlyArray<Message>> => {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: batchSize,
    WaitTimeSeconds: 20
  })
  const { Messages = [] } = await sqs.send(command, { abortSignal: finished.signal })
  return Messages
}

const mail = ({ Body = "" }: Message): Promise<unknown> => {
  const { orderId }: { readonly orderId: string } = JSON.parse(Body)
  return ses.send(
    new SendEmailCommand({
      Source: settings.SES_SENDER_EMAIL,
      Destination: { ToAddresses: ["limit@example.com"] },
      Message: {
        Subject: { Data: `Your order ${orderId} is confirmed` },
        Body: { Text: { Data: `Thank you for your order ${orderId}. It is confirmed.` } }
      }
    })
  )
}

const remove = async (batch: ReadonlyArray<Message>): Promise<void> => {
  const { Failed = [] } = await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: batch.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }))
    })
  )
  if (Failed.length > 0) throw new Error(`SQS did not delete ${Failed.length} messages`)
  left -= batch.length
}

const receiver = async (): Promise<void> => {
  while (left > 0) {
    const batch = await receive()
    if (batch.length === 0) continue
    await Promise.all(batch.map(mail))
    await remove(batch)
  }
  finished.abort()
}

const unlessFinished = (error: unknown): void => {
  if (!finished.signal.aborted) throw error
}

const began = performance.now()
const receivers = Math.ceil(settings.WORKER_CONCURRENCY / batchSize)
await Promise.all(Array.from({ length: receivers }, () => receiver().catch(unlessFinished)))
const seconds = (performance.now() - began) / 1000
sqs.destroy()
ses.destroy()
process.stdout.write(`${JSON.stringify({ messages, seconds })}\n`)
