// The service of a team that looked for speed: Fastify 5 with schemas, MongoDB's driver, fast-jwt, ioredis.
// An order is a transaction of its own; its message goes to SQS before the answer.
import fastify from "fastify"
import type { Line } from "../../lines.ts"
import { readSettings } from "../../settings.ts"
import { untilSignal } from "../../untilSignal.ts"
import { order, orderBody, product, strict } from "./schemas.ts"
import { openShop } from "./shop.ts"
import { userOf } from "./tokens.ts"

const settings = readSettings()
const shop = await openShop(settings)
const authenticate = userOf(settings.ACCESS_TOKEN_SECRET)

const app = fastify({ logger: { level: "error" }, bodyLimit: 64 * 1024, ajv: strict })
shop.redis.on("error", (error) => app.log.error(error))

app.get("/readyz", async () => {
  await shop.ping()
  return { status: "ready" }
})

app.get<{ Params: { sku: string } }>(
  "/api/products/:sku",
  { schema: { response: { 200: product } } },
  ({ params: { sku } }) => shop.product(sku)
)

app.get<{ Params: { id: string } }>("/api/orders/:id", async (request, reply) => {
  const user = authenticate(request)
  const { json } = await shop.order(request.params.id, user, JSON.stringify)
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
    const placed = await shop.place(authenticate(request), request.body.items)
    reply.code(201).header("location", `/api/orders/${placed.id}`)
    return placed
  }
)

await app.listen({ host: settings.HOST, port: settings.PORT })
await untilSignal()
await app.close()
await shop.close()
