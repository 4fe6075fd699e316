// The least that a worker does: receives 10 messages, calls SES once for each, deletes the 10. No database, no
// cache.
import { SendEmailCommand } from "@aws-sdk/client-ses"
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs"
import { withoutExtras } from "../../../src/layers/aws/withoutExtras.ts"
import { openSes, openSqs } from "../aws.ts"
import type { Settings } from "../settings.ts"

const batchSize = 10

/** Mails until it is aborted, with as many receivers as fill WORKER_CONCURRENCY. */
export const mailUntil = async (
  aborted: AbortSignal,
  settings: Settings,
  onDeleted: (messages: number) => void
): Promise<void> => {
  const QueueUrl = settings.AWS_SQS_QUEUE_URL
  // As bare as the system's own.
  const sqs = withoutExtras(openSqs())
  const ses = withoutExtras(openSes())

  const receive = async (): Promise<ReadonlyArray<Message>> => {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: 20
    })
    try {
      const { Messages = [] } = await sqs.send(command, { abortSignal: aborted })
      return Messages
    } catch (error) {
      if (aborted.aborted) return []
      throw error
    }
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
    onDeleted(batch.length)
  }

  const receiver = async (): Promise<void> => {
    while (!aborted.aborted) {
      const batch = await receive()
      if (batch.length === 0) continue
      await Promise.all(batch.map(mail))
      await remove(batch)
    }
  }

  const receivers = Math.ceil(settings.WORKER_CONCURRENCY / batchSize)
  await Promise.all(Array.from({ length: receivers }, receiver))
  sqs.destroy()
  ses.destroy()
}
