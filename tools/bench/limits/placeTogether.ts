// The limit of placing orders over HTTP: bare node:http, a group commit, and the messages of what waits, ten in a
// call, after the answer. No token, no price, no limits, no cache.
import { text } from "node:stream/consumers"
import { MongoClient } from "mongodb"
import { withoutExtras } from "../../../src/layers/aws/withoutExtras.ts"
import { chunks } from "../../harness/chunks.ts"
import { messagesPerCall, sendBatch } from "../../harness/queues.ts"
import { openSqs } from "../aws.ts"
import { orderMessage } from "../contestant.ts"
import { toOrder } from "../documents.ts"
import { readSettings } from "../settings.ts"
import { startCommitter } from "./committing.ts"
import { orderOf } from "./orderOf.ts"
import { sendJson, serve } from "./server.ts"

const settings = readSettings()
const client = await new MongoClient(settings.MONGO_URI).connect()
const committer = startCommitter(client)
// As bare as the system's own.
const sqs = withoutExtras(openSqs())

let unsent: Array<string> = []

const sendAll = async (): Promise<void> => {
  const ids = unsent
  unsent = []
  const calls = Array.from(chunks(ids, messagesPerCall), (some) =>
    sendBatch(sqs, settings.AWS_SQS_QUEUE_URL, some.map(orderMessage))
  )
  await Promise.all(calls)
}

/** With those that are placed in the same turn. */
let sending = Promise.resolve()
const send = (id: string): Promise<void> => {
  unsent.push(id)
  if (unsent.length === 1)
    sending = new Promise((resolve) => {
      setImmediate(() => resolve(sendAll()))
    })
  return sending
}

const serving = serve(settings, async (request, response) => {
  const order = orderOf(await text(request))
  await committer.place(order)
  sendJson(response, 201, JSON.stringify(toOrder(order)))
  await send(order._id)
})
// It ends by itself only where it fails.
await Promise.race([serving, committer.ended])
committer.stop()
await committer.ended
await client.close()
sqs.destroy()
