// The limit of a cached read: node:http and one GET of Redis, pipelined with those of the same turn. No token,
// no owner.
import { readSettings } from "../settings.ts"
import { openRedis } from "./openRedis.ts"
import { redisKey } from "./redisKey.ts"
import { serveOrders } from "./server.ts"

const settings = readSettings()
const redis = await openRedis(settings)
await serveOrders(settings, (id) => redis.get(redisKey(id)))
await redis.quit()
