// `order-processing/layers/redis`: cache, notifications of changes, limits and the rate of mails, on Redis or a Redis
// Cluster.
export * as RedisClient from "../../layers/redis/RedisClient.ts"
export * as RedisClientCounts from "../../layers/redis/RedisClientCounts.ts"
export * as RedisOrderCache from "../../layers/redis/RedisOrderCache.ts"
export * as RedisOrderChanges from "../../layers/redis/RedisOrderChanges.ts"
export * as RedisRateLimiter from "../../layers/redis/RedisRateLimiter.ts"
export * as RedisSendRate from "../../layers/redis/RedisSendRate.ts"
export * as RedisStreamSlots from "../../layers/redis/RedisStreamSlots.ts"
