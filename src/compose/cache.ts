// What may be lost: cached orders, rate counters and the pace of mails, in Redis or embedded.
import { Layer } from "effect"
import * as MemoryOrderCache from "../layers/memory/MemoryOrderCache.ts"
import * as MemoryRateLimiter from "../layers/memory/MemoryRateLimiter.ts"
import * as MemorySendRate from "../layers/memory/MemorySendRate.ts"
import * as RedisClient from "../layers/redis/RedisClient.ts"
import * as RedisOrderCache from "../layers/redis/RedisOrderCache.ts"
import * as RedisRateLimiter from "../layers/redis/RedisRateLimiter.ts"
import * as RedisSendRate from "../layers/redis/RedisSendRate.ts"
import { check, RedisCheck } from "./checks.ts"

/** Multiplies the limits of the contract. */
export interface Limits {
  readonly factor: number
}

const keyPrefix = "order-processing:"

/** Keeps the connection in the open for `redisSendRate`. */
export const redis = (options: RedisClient.RedisOptions, limits: Limits) =>
  Layer.mergeAll(
    RedisOrderCache.layer({ keyPrefix }),
    RedisRateLimiter.layer({ keyPrefix, ...limits }),
    check(
      RedisCheck,
      RedisClient.RedisClient.use(({ problem }) => problem)
    )
  ).pipe(Layer.provideMerge(RedisClient.layer(options)))

/** Mails per second of all workers together. */
export const redisSendRate = (maxPerSecond: number) =>
  RedisSendRate.layer({ keyPrefix, maxPerSecond })

export const memorySendRate = (maxPerSecond: number) => MemorySendRate.layer({ maxPerSecond })

export const memory = (limits: Limits) =>
  Layer.merge(MemoryOrderCache.layer({}), MemoryRateLimiter.layer(limits))
