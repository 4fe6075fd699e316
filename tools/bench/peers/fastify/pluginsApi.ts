// The Fastify API (api.ts) with what a team adds before it goes live, each by the plugin that is made for it:
// a limit for each client, counted in Redis; headers of security; metrics; tokens; ids of requests; and typed
// schemas of path, headers and answer. Its order has an ETag. So a request is given here what this system
// gives it, but for a deadline and a span.
import { randomUUID } from "node:crypto"
import helmet from "@fastify/helmet"
import jwt from "@fastify/jwt"
import rateLimit from "@fastify/rate-limit"
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox"
import fastify, { type FastifyRequest } from "fastify"
import metrics from "fastify-metrics"
import { Type } from "typebox"
import type { SeedOrder, SeedProduct } from "../../contestant.ts"
import type { Line } from "../../lines.ts"
import { readSettings } from "../../settings.ts"
import { untilSignal } from "../../untilSignal.ts"
import { order, orderBody, product, strict } from "./schemas.ts"
import { openShop, type User } from "./shop.ts"
import { verifying } from "./tokens.ts"

declare module "@fastify/jwt" {
  interface FastifyJWT {
    payload: { readonly sub: string; readonly role: string }
    user: User
  }
}

/** A client's requests in a minute, as this system has it. */
const clientLimit = 600

const settings = readSettings()
const shop = await openShop(settings)

const app = fastify({
  logger: { level: "error" },
  bodyLimit: 64 * 1024,
  ajv: strict,
  requestIdHeader: "x-request-id",
  genReqId: () => randomUUID()
}).withTypeProvider<TypeBoxTypeProvider>()
shop.redis.on("error", (error) => app.log.error(error))

await app.register(helmet)
// As this system: a histogram, and no summary.
await app.register(metrics.default, {
  routeMetrics: { enabled: { histogram: true, summary: false } }
})
await app.register(rateLimit, {
  max: clientLimit * settings.RATE_LIMIT_FACTOR,
  timeWindow: "1 minute",
  redis: shop.redis
})
await app.register(jwt, {
  secret: settings.ACCESS_TOKEN_SECRET,
  verify: verifying,
  trusted: (_request, { typ }) => typ === "access",
  formatUser: ({ sub, role }) => ({ id: sub, isAdmin: role === "admin" })
})
app.addHook("onRequest", async (request, reply) => {
  reply.header("x-request-id", request.id)
})

/** After the client's limit, which is counted in `onRequest`, and before the body is read. */
const preParsing = async (request: FastifyRequest): Promise<void> =>
  void (await request.jwtVerify())

const headers = Type.Object({
  "x-request-id": Type.Optional(Type.String({ maxLength: 128, pattern: "^[\\w.:-]+$" })),
  "if-none-match": Type.Optional(Type.String({ maxLength: 1024 }))
})

app.get("/readyz", { config: { rateLimit: false } }, async () => {
  await shop.ping()
  return { status: "ready" }
})

app.get(
  "/api/products/:sku",
  {
    schema: {
      params: Type.Object({ sku: Type.String({ maxLength: 64 }) }),
      response: { 200: Type.Unsafe<SeedProduct>(product) }
    }
  },
  ({ params: { sku } }) => shop.product(sku)
)

app.get(
  "/api/orders/:id",
  {
    preParsing,
    schema: {
      params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
      headers,
      // The text that this schema wrote when the order was put into the cache.
      response: { 200: Type.Unsafe<string>(order), 304: Type.Unsafe<undefined>({}) }
    }
  },
  async (request, reply) => {
    const { id } = request.params
    const { json, version } = await shop.order(id, request.user, (found) =>
      String(reply.serializeInput({ ...found }, "200"))
    )
    const etag = `"${id}-${version}"`
    reply.header("etag", etag)
    if (request.headers["if-none-match"] === etag) return reply.code(304).send(undefined)
    return reply.type("application/json; charset=utf-8").send(json)
  }
)

app.post(
  "/api/orders",
  {
    preParsing,
    schema: {
      headers,
      body: Type.Unsafe<{ readonly items: ReadonlyArray<Line> }>(orderBody),
      response: { 201: Type.Unsafe<SeedOrder>(order) }
    }
  },
  async (request, reply) => {
    const placed = await shop.place(request.user, request.body.items)
    return reply.code(201).header("location", `/api/orders/${placed.id}`).send(placed)
  }
)

await app.listen({ host: settings.HOST, port: settings.PORT })
await untilSignal()
await app.close()
await shop.close()
