// The service of a team that looked for speed: Fastify 5 with schemas, MongoDB's driver, fast-jwt, ioredis.
// An order is a transaction of its own; its message goes to SQS before the answer.
import { SendMessageCommand } from "@aws-sdk/client-sqs"
import fastify from "fastify"
import { Redis } from "ioredis"
import { MongoClient } from "mongodb"
import { openSqs } from "../../aws.ts"
import { orderMessage } from "../../contestant.ts"
import { collectionsOf } from "../../documents.ts"
import type { Line } from "../../lines.ts"
import { readSettings } from "../../settings.ts"
import { untilSignal } from "../../untilSignal.ts"
import { HttpError } from "./errors.ts"
import { openOrders } from "./orders.ts"
import { order, orderBody, product } from "./schemas.ts"
import { userOf } from "./tokens.ts"

const cacheSeconds = 600

const settings = readSettings()
const client = await new MongoClient(settings.MONGO_URI, {
  writeConcern: { w: "majority" }
}).connect()
const { products, orders: orderCollection } = collectionsOf(client.db())
await orderCollection.createIndex({ userId: 1, _id: -1 })
const orders = openOrders(client)
const redis = new Redis({
  host: settings.REDIS_HOST,
  port: settings.REDIS_PORT,
  enableAutoPipelining: true,
  maxRetriesPerRequest: 1
})
const sqs = openSqs()
const authenticate = userOf(settings.ACCESS_TOKEN_SECRET)

const app = fastify({
  logger: { level: "error" },
  bodyLimit: 64 * 1024,
  // Unknown fields are refused, not dropped; "3" is no number.
  ajv: { customOptions: { removeAdditional: false, coerceTypes: false } }
})
redis.on("error", (error) => app.log.error(error))

const notFound = (what: string): HttpError =>
  new HttpError(404, "not_found", `There is no such ${what}`)

const cacheKey = (id: string): string => `fastify:order:${id}`

const load = async (id: string): Promise<string> => {
  const order = await orders.find(id)
  if (order === undefined) throw notFound("order")
  const json = JSON.stringify(order)
  await redis.set(cacheKey(id), json, "EX", cacheSeconds)
  return json
}

app.get("/readyz", async () => {
  await Promise.all([client.db().command({ ping: 1 }), redis.ping()])
  return { status: "ready" }
})

app.get<{ Params: { sku: string } }>(
  "/api/products/:sku",
  { schema: { response: { 200: product } } },
  async ({ params: { sku } }) => {
    const found = await products.findOne({ _id: sku })
    if (found === null) throw notFound("product")
    return { ...found, sku: found._id }
  }
)

app.get<{ Params: { id: string } }>("/api/orders/:id", async (request, reply) => {
  const user = authenticate(request)
  const { id } = request.params
  const json = (await redis.get(cacheKey(id))) ?? (await load(id))
  const { userId }: { readonly userId: string } = JSON.parse(json)
  if (userId !== user.id && !user.isAdmin) throw notFound("order")
  return reply.type("application/json; charset=utf-8").send(json)
})

app.post<{ Body: { items: ReadonlyArray<Line> } }>(
  "/api/orders",
  {
    // Before the body is read.
    onRequest: async (request) => void authenticate(request),
    schema: { body: orderBody, response: { 201: order } }
  },
  async (request, reply) => {
    const placed = await orders.place(authenticate(request).id, request.body.items)
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: settings.AWS_SQS_QUEUE_URL,
        MessageBody: orderMessage(placed.id)
      })
    )
    reply.code(201).header("location", `/api/orders/${placed.id}`)
    return placed
  }
)

await app.listen({ host: settings.HOST, port: settings.PORT })
await untilSignal()
await app.close()
await Promise.all([client.close(), redis.quit()])
sqs.destroy()
