// What may be lost: cached orders and rate counters, in Redis or embedded.
import { Layer } from "effect"
import * as MemoryOrderCache from "../layers/memory/MemoryOrderCache.ts"
import * as MemoryRateLimiter from "../layers/memory/MemoryRateLimiter.ts"
import * as RedisClient from "../layers/redis/RedisClient.ts"
import * as RedisOrderCache from "../layers/redis/RedisOrderCache.ts"
import * as RedisRateLimiter from "../layers/redis/RedisRateLimiter.ts"
import { check, RedisCheck } from "./checks.ts"

/** Multiplies the limits of the contract. */
export interface Limits {
  readonly factor: number
}

const keyPrefix = "order-processing:"

export const redis = (options: RedisClient.RedisOptions, limits: Limits) =>
  Layer.mergeAll(
    RedisOrderCache.layer({ keyPrefix }),
    RedisRateLimiter.layer({ keyPrefix, ...limits }),
    check(
      RedisCheck,
      RedisClient.RedisClient.use(({ problem }) => problem)
    )
  ).pipe(Layer.provide(RedisClient.layer(options)))

export const memory = (limits: Limits) =>
  Layer.merge(MemoryOrderCache.layer({}), MemoryRateLimiter.layer(limits))
