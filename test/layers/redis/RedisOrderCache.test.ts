import { inspect } from "node:util"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisOrderCache from "../../../src/layers/redis/RedisOrderCache.ts"
import { UserId } from "../../../src/services/ids.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { anOrder, orderCacheContract } from "../../contract/orderCache.ts"
import { describeWith } from "../../suite.ts"
import { optionsFor, passFor, withRedis } from "./support.ts"

describeWith(["redis"], "RedisOrderCache", ({ redis }) => {
  const keyPrefix = `test-${crypto.randomUUID()}:`
  const layer = RedisOrderCache.layer({ keyPrefix }).pipe(
    Layer.provide(RedisClient.layer(optionsFor(redis)))
  )

  orderCacheContract("OrderCache on Redis", { layer, pass: passFor(redis, keyPrefix) })

  it.effect("writes only under its prefix, and never without a TTL", () =>
    Effect.gen(function* () {
      const cache = yield* OrderCache
      const order = anOrder()
      yield* cache.put([order])
      const ttl = yield* Effect.promise(() =>
        withRedis(redis, (client) => client.pttl(`${keyPrefix}order:2:${order.id}`))
      )
      assert.isAbove(ttl, 20_000)
    }).pipe(Effect.provide(layer))
  )

  it.effect("keeps the contents of an order out of its errors", () =>
    Effect.gen(function* () {
      const cache = yield* OrderCache
      const order = anOrder({ userId: UserId.make("private-person") })
      const key = `${keyPrefix}order:2:${order.id}`
      yield* Effect.promise(() => withRedis(redis, (client) => client.set(key, "no hash")))
      const error = yield* Effect.flip(cache.put([order]))
      assert.include(inspect(error, { depth: 20 }), "WRONGTYPE")
      assert.notInclude(inspect(error, { depth: 20 }), "private-person")
    }).pipe(Effect.provide(layer))
  )

  it.effect("keeps writing after Redis has lost its scripts", () =>
    Effect.gen(function* () {
      const cache = yield* OrderCache
      const order = anOrder()
      yield* cache.put([order])
      yield* Effect.promise(() => withRedis(redis, (client) => client.script("FLUSH")))
      const orders = Array.from({ length: 20 }, (_, i) => ({ ...order, version: i + 2 }))
      yield* cache.put(orders)
      const cached = yield* Effect.flatMap(cache.get(order.id), Effect.fromOption)
      assert.strictEqual(cached.version, 21)
    }).pipe(Effect.provide(layer))
  )
})
