// The limit of a cached read on what this system is made of: Hono on Node, an Effect for each request, one GET of
// Redis, pipelined with those of the same turn. No token, no owner, no limits, no deadline, no trace.
import { once } from "node:events"
import { serve } from "@hono/node-server"
import { Effect } from "effect"
import { Hono } from "hono"
import { readSettings } from "../settings.ts"
import { untilSignal } from "../untilSignal.ts"
import { openRedis } from "./openRedis.ts"
import { redisKey } from "./redisKey.ts"

const settings = readSettings()
const redis = await openRedis(settings)

const find = Effect.fnUntraced(function* (id: string) {
  return yield* Effect.promise(() => redis.get(redisKey(id)))
})

const app = new Hono()
  .get("/readyz", (c) => c.body(null))
  .get("/api/orders/:id", async (c) => {
    const json = await Effect.runPromise(find(c.req.param("id")))
    return json === null
      ? c.body(null, 404)
      : c.body(json, 200, { "content-type": "application/json" })
  })

const server = serve({ fetch: app.fetch, hostname: settings.HOST, port: settings.PORT })
await untilSignal()
const closed = once(server, "close")
server.close()
await closed
await redis.quit()
