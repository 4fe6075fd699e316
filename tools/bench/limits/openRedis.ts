// The connection of limits that read from Redis: commands of one turn share a round trip. Resolves once it answers.
import { Redis } from "ioredis"
import type { Settings } from "../settings.ts"

export const openRedis = async ({
  REDIS_HOST: host,
  REDIS_PORT: port
}: Settings): Promise<Redis> => {
  const redis = new Redis({ host, port, enableAutoPipelining: true })
  await redis.ping()
  return redis
}
