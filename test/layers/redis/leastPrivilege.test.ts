// The user of docs/deploy.md's section on Redis: the adapters do all they owe with its rights alone, and it can
// do nothing more.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { Redis } from "ioredis"
import { afterAll, beforeAll } from "vitest"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisClientCounts from "../../../src/layers/redis/RedisClientCounts.ts"
import * as RedisOrderCache from "../../../src/layers/redis/RedisOrderCache.ts"
import * as RedisOrderChanges from "../../../src/layers/redis/RedisOrderChanges.ts"
import * as RedisRateLimiter from "../../../src/layers/redis/RedisRateLimiter.ts"
import * as RedisSendRate from "../../../src/layers/redis/RedisSendRate.ts"
import * as RedisStreamSlots from "../../../src/layers/redis/RedisStreamSlots.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { startRedisCluster } from "../../../tools/harness/redisCluster.ts"
import { clientCountsContract } from "../../contract/clientCounts.ts"
import { anOrder, orderCacheContract } from "../../contract/orderCache.ts"
import { orderChangesContract } from "../../contract/orderChanges.ts"
import { rateLimiterContract } from "../../contract/rateLimiter.ts"
import { sendRateContract } from "../../contract/sendRate.ts"
import { streamSlotsContract } from "../../contract/streamSlots.ts"
import { describeWith } from "../../suite.ts"
import { optionsFor, passFor, passWithClock, withRedis } from "./support.ts"

const document = readFileSync(join(import.meta.dirname, "../../../docs/deploy.md"), "utf8")

/** docs/deploy.md's `ACL SETUSER orders`: the user's rights, and what a node of a cluster has to grant in addition. */
const [printed = "", printedForCluster = ""] = [
  ...document.matchAll(/^ACL SETUSER orders (?<rights>.+)$/gmu)
].map(({ groups }) => groups?.["rights"] ?? "")

/** For keys and channels under another prefix. */
const rights = (keyPrefix: string, password: string): ReadonlyArray<string> =>
  printed.replace("PASSWORD", password).replaceAll("order-processing:", keyPrefix).split(" ")

describeWith(["redis"], "a Redis user with the least rights", ({ redis }) => {
  const name = `user-${crypto.randomUUID()}`
  const password = crypto.randomUUID()
  const keyPrefix = `${name}:`
  const options = {
    ...optionsFor(redis),
    keyPrefix,
    username: name,
    password: Redacted.make(password)
  }
  const client = RedisClient.layer(options)

  beforeAll(() =>
    withRedis(redis, async (admin) => {
      await admin.call("ACL", "SETUSER", name, ...rights(keyPrefix, password))
    })
  )
  afterAll(() =>
    withRedis(redis, async (admin) => {
      await admin.call("ACL", "DELUSER", name)
    })
  )

  const pass = passFor(redis, keyPrefix)
  orderCacheContract("is enough for OrderCache", {
    layer: RedisOrderCache.layer({ keyPrefix }).pipe(Layer.provide(client)),
    pass
  })
  orderChangesContract(
    "is enough for OrderChanges",
    Layer.merge(
      RedisOrderCache.layer({ keyPrefix }).pipe(Layer.provide(client)),
      RedisOrderChanges.layer(options)
    )
  )
  streamSlotsContract("is enough for StreamSlots", {
    layer: RedisStreamSlots.layer({ keyPrefix }).pipe(Layer.provide(client)),
    pass: passWithClock(pass)
  })
  rateLimiterContract("is enough for RateLimiter", {
    layer: ({ factor }) =>
      RedisRateLimiter.layer({ factor, keyPrefix }).pipe(Layer.provide(client)),
    pass
  })
  clientCountsContract("is enough for ClientCounts", {
    layer: ({ factor }) =>
      RedisClientCounts.layer({ factor, keyPrefix }).pipe(Layer.provide(client)),
    pass
  })
  sendRateContract("is enough for SendRate", ({ maxPerSecond }) =>
    RedisSendRate.layer({ maxPerSecond, keyPrefix: `${keyPrefix}${crypto.randomUUID()}:` }).pipe(
      Layer.provide(client)
    )
  )

  it.effect("is distinguished from an unavailable Redis", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* (yield* RedisClient.RedisClient).problem, Option.none())
    }).pipe(Effect.provide(client))
  )

  it("can neither read foreign keys, nor list, configure or empty the server", async () => {
    const own = new Redis({ ...redis, username: name, password })
    try {
      for (const command of [
        ["GET", "another:key"],
        ["EVAL", "return redis.call('GET', KEYS[1])", "1", "another:key"],
        ["PUBLISH", "another:channel", "word"],
        ["SUBSCRIBE", "another:channel"],
        ["KEYS", "*"],
        ["SCAN", "0"],
        ["CONFIG", "GET", "*"],
        ["FLUSHALL"],
        ["MONITOR"],
        ["ACL", "LIST"],
        ["SCRIPT", "FLUSH"]
      ] as const) {
        const [verb, ...args] = command
        const refusal = await own.call(verb, ...args).then(String, String)
        assert.match(refusal, /NOPERM|no permission|can't access/iu, command.join(" "))
      }
    } finally {
      own.disconnect()
    }
  })
})

describeWith(["redis"], "the same user in a Redis Cluster", () => {
  it.live("reaches all nodes", () =>
    Effect.gen(function* () {
      const cluster = yield* Effect.acquireRelease(
        Effect.promise(() => startRedisCluster()),
        ({ stop }) => Effect.promise(stop)
      )
      const [name, password, keyPrefix] = ["orders", "secret", "order-processing:"] as const
      const granted = [...rights(keyPrefix, password), ...printedForCluster.split(" ")]
      yield* Effect.promise(() =>
        Promise.all(
          cluster.nodes.map(({ address }) =>
            withRedis(address, (admin) => admin.call("ACL", "SETUSER", name, ...granted))
          )
        )
      )
      const layers = RedisOrderCache.layer({ keyPrefix }).pipe(
        Layer.provideMerge(
          RedisClient.layer({
            ...optionsFor(cluster.address),
            keyPrefix,
            username: name,
            password: Redacted.make(password)
          })
        )
      )
      yield* Effect.gen(function* () {
        const orders = Array.from({ length: 60 }, () => anOrder())
        yield* (yield* OrderCache).put(orders)
        assert.deepStrictEqual(yield* (yield* RedisClient.RedisClient).problem, Option.none())
      }).pipe(Effect.provide(layers))
    })
  )
})
