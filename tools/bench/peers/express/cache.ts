// Orders in Redis, as JSON: read first, filled by readers, emptied by a change of the order.
import { Redis } from "ioredis"
import type { Settings } from "../../settings.ts"

const seconds = 600
const keyOf = (id: string): string => `express:order:${id}`

export type Cache = ReturnType<typeof openCache>

export const openCache = ({ REDIS_HOST: host, REDIS_PORT: port }: Settings) => {
  const redis = new Redis({ host, port, enableAutoPipelining: true, maxRetriesPerRequest: 1 })
  redis.on("error", (error) => console.error("redis", error.message))
  return {
    get: (id: string) => redis.get(keyOf(id)),
    put: (id: string, json: string) => redis.set(keyOf(id), json, "EX", seconds),
    remove: (id: string) => redis.del(keyOf(id)),
    ready: () => redis.ping(),
    close: () => redis.quit()
  }
}
