// The worker of a team that looked for throughput: sqs-consumer with batches of 10, handled concurrently and
// deleted in one call. The library takes one batch after the other, so there are as many of its consumers as
// fill WORKER_CONCURRENCY.
import type { Message } from "@aws-sdk/client-sqs"
import { Consumer } from "sqs-consumer"
import { openSqs } from "../../aws.ts"
import { readSettings } from "../../settings.ts"
import { untilSignal } from "../../untilSignal.ts"
import { openConfirmer } from "./confirm.ts"

const settings = readSettings()
const { confirm, close } = await openConfirmer(settings)
const sqs = openSqs()

/** What is not returned stays in the queue, which delivers it again. */
const handle = async (message: Message): Promise<Message | undefined> => {
  try {
    await confirm(message)
    return message
  } catch (error) {
    console.error(`Message ${message.MessageId} stays in the queue`, error)
    return undefined
  }
}

const batchSize = 10

/** Starts one, and answers how it is stopped. */
const startConsumer = (): (() => Promise<void>) => {
  const consumer = Consumer.create({
    queueUrl: settings.AWS_SQS_QUEUE_URL,
    ...{ sqs, batchSize, waitTimeSeconds: 20 },
    // The longest a batch in work is waited for at the end.
    pollingCompleteWaitTimeMs: 10_000,
    handleMessageBatch: async (messages) => {
      const handled = await Promise.all(messages.map(handle))
      return handled.filter((message) => message !== undefined)
    }
  })
  let busy = false
  let stopping = false
  consumer.on("message_received", () => {
    busy = true
  })
  // Once the batch is deleted too.
  consumer.on("response_processed", () => {
    busy = false
  })
  consumer.on("error", (error) => {
    if (!stopping) console.error(error)
  })
  consumer.start()
  return async () => {
    stopping = true
    const stopped = new Promise<void>((resolve) => {
      consumer.once("stopped", () => resolve())
    })
    // An idle long poll could last 20 s more; a batch in work would lose its deletion by an abort.
    consumer.stop({ abort: !busy })
    await stopped
  }
}

const consumers = Math.ceil(settings.WORKER_CONCURRENCY / batchSize)
const stops = Array.from({ length: consumers }, startConsumer)
await untilSignal()
await Promise.all(stops.map((stop) => stop()))
await close()
sqs.destroy()
