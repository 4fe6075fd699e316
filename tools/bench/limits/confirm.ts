// The limit of confirming orders: ten polls of ten messages together, one bulk update, ten batches of deletions
// together; no cache, no mail. Prints {"messages": confirmed, "seconds": taken, "cpuMs": spent}, after the warm-up.
//   node tools/bench/limits/confirm.ts --messages N [--warmup N]
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs"
import { MongoClient } from "mongodb"
import { withoutExtras } from "../../../src/layers/aws/withoutExtras.ts"
import { openSqs } from "../aws.ts"
import { collectionsOf } from "../documents.ts"
import { readSettings } from "../settings.ts"
import { counts } from "./count.ts"
import { startMeter } from "./meter.ts"

const pollsTogether = 10
const batchSize = 10

const settings = readSettings()
const { messages, warmup } = counts({ messages: 5000, warmup: 0 })
const QueueUrl = settings.AWS_SQS_QUEUE_URL
// As bare as the system's own.
const sqs = withoutExtras(openSqs())
const client = await new MongoClient(settings.MONGO_URI, {
  writeConcern: { w: "majority" }
}).connect()
const { orders } = collectionsOf(client.db())

const orderIdOf = ({ Body = "" }: Message): string => {
  const { orderId }: { readonly orderId: string } = JSON.parse(Body)
  return orderId
}

const receive = async (): Promise<ReadonlyArray<Message>> => {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: batchSize })
  const { Messages = [] } = await sqs.send(command)
  return Messages
}

const confirm = async (batch: ReadonlyArray<Message>): Promise<void> => {
  const at = new Date()
  await orders.updateMany(
    { _id: { $in: batch.map(orderIdOf) }, status: "pending" },
    {
      $set: { status: "confirmed", updatedAt: at },
      $push: { timeline: { status: "confirmed", at } },
      $inc: { version: 1 }
    }
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
}

const meter = startMeter({ operations: messages, warmup })
while (!meter.isOver()) {
  const polls = await Promise.all(Array.from({ length: pollsTogether }, receive))
  const batch = polls.flat()
  if (batch.length === 0) continue
  await confirm(batch)
  await Promise.all(polls.filter((poll) => poll.length > 0).map(remove))
  meter.count(batch.length)
}
await client.close()
sqs.destroy()
process.stdout.write(`${JSON.stringify({ messages, ...meter.result() })}\n`)
