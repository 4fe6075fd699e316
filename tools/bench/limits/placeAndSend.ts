// The limit of an order on its way to its mail, up to the queue: node:http, one document inserted on a majority,
// one message. No token, no price, no stock.
import { text } from "node:stream/consumers"
import { SendMessageCommand } from "@aws-sdk/client-sqs"
import { MongoClient } from "mongodb"
import { withoutExtras } from "../../../src/layers/aws/withoutExtras.ts"
import { openSqs } from "../aws.ts"
import { orderMessage } from "../contestant.ts"
import { collectionsOf, toOrder } from "../documents.ts"
import { readSettings } from "../settings.ts"
import { orderOf } from "./orderOf.ts"
import { sendJson, serve } from "./server.ts"

const settings = readSettings()
const client = await new MongoClient(settings.MONGO_URI, {
  writeConcern: { w: "majority" }
}).connect()
const { orders } = collectionsOf(client.db())
// As bare as the system's own.
const sqs = withoutExtras(openSqs())

await serve(settings, async (request, response) => {
  const order = orderOf(await text(request))
  await orders.insertOne(order)
  sendJson(response, 201, JSON.stringify(toOrder(order)))
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: settings.AWS_SQS_QUEUE_URL,
      MessageBody: orderMessage(order._id)
    })
  )
})
await client.close()
sqs.destroy()
