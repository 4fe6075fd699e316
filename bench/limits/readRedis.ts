// The limit of a cached read: node:http and one GET of Redis, pipelined with those of the same turn. No token,
// no owner.
import { Redis } from "ioredis"
import { readSettings } from "../settings.ts"
import { redisKey } from "./redisKey.ts"
import { serveOrders } from "./server.ts"

const settings = readSettings()
const redis = new Redis({
  host: settings.REDIS_HOST,
  port: settings.REDIS_PORT,
  enableAutoPipelining: true
})
await redis.ping()
await serveOrders(settings, (id) => redis.get(redisKey(id)))
await redis.quit()
