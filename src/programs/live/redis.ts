// Redis, with the check that `/readyz` makes of it.
import { Layer } from "effect"
import * as RedisClient from "../../layers/redis/RedisClient.ts"
import * as RedisClientCounts from "../../layers/redis/RedisClientCounts.ts"
import * as RedisOrderCache from "../../layers/redis/RedisOrderCache.ts"
import * as RedisOrderChanges from "../../layers/redis/RedisOrderChanges.ts"
import * as RedisRateLimiter from "../../layers/redis/RedisRateLimiter.ts"
import * as RedisSendRate from "../../layers/redis/RedisSendRate.ts"
import * as RedisStreamSlots from "../../layers/redis/RedisStreamSlots.ts"
import * as SettledClientLimit from "../../layers/runtime/SettledClientLimit.ts"
import * as UnheardOrderChanges from "../../layers/runtime/UnheardOrderChanges.ts"
import type { ApiConfig, WorkerConfig } from "../config/config.ts"
import { asks, Redis } from "../readiness.ts"

/** Does Redis take writes? */
const asksRedis = asks(
  Redis,
  RedisClient.RedisClient.use(({ problem }) => problem)
)

const keyPrefix = "order-processing:"

/** For processes that last: see `redisBetweenRequests` for others. */
const rateLimits = (limits: ApiConfig["limits"]) => {
  const options = { keyPrefix, ...limits }
  return SettledClientLimit.layer(limits).pipe(
    Layer.provide(Layer.merge(RedisRateLimiter.layer(options), RedisClientCounts.layer(options)))
  )
}

const redisOptions = ({ tls, cluster, ...rest }: WorkerConfig["redis"]) => ({
  ...rest,
  keyPrefix,
  tls: tls === "true",
  cluster: cluster === "true"
})

export const redisClient = (options: WorkerConfig["redis"]) =>
  RedisClient.layer(redisOptions(options))

/** What each process asks of Redis, whether or not it lasts. */
const redisPorts = (mailsPerSecond: number) =>
  Layer.mergeAll(
    RedisOrderCache.layer({ keyPrefix }),
    RedisStreamSlots.layer({ keyPrefix }),
    RedisSendRate.layer({ keyPrefix, maxPerSecond: mailsPerSecond }),
    asksRedis
  )

/** The cache with word of its changes, the limits, and the rate of mails: `mailsPerSecond` of all processes together. */
export const redis = (
  options: WorkerConfig["redis"],
  limits: ApiConfig["limits"],
  mailsPerSecond: number
) =>
  Layer.merge(redisPorts(mailsPerSecond), rateLimits(limits)).pipe(
    Layer.provide(redisClient(options)),
    Layer.merge(RedisOrderChanges.layer(redisOptions(options)))
  )

/** For processes that are stopped between requests: each counts in Redis itself, and none waits for word of changes. */
export const redisBetweenRequests = (
  options: WorkerConfig["redis"],
  limits: ApiConfig["limits"],
  mailsPerSecond: number
) =>
  Layer.merge(redisPorts(mailsPerSecond), RedisRateLimiter.layer({ keyPrefix, ...limits })).pipe(
    Layer.provide(redisClient(options)),
    Layer.merge(UnheardOrderChanges.layer)
  )
