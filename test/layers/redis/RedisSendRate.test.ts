import { assert, it } from "@effect/vitest"
import { Clock, Context, Effect, Layer } from "effect"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisSendRate from "../../../src/layers/redis/RedisSendRate.ts"
import { SendRate } from "../../../src/services/messaging/SendRate.ts"
import { addSeconds, now } from "../../../src/services/time.ts"
import { startRedis } from "../../../tools/harness/redis.ts"
import { assertSpread, sendRateContract, turns } from "../../contract/sendRate.ts"
import { describeWith } from "../../suite.ts"
import { optionsFor, withRedis } from "./support.ts"

describeWith(["redis"], "RedisSendRate", ({ redis }) => {
  const onRedis = (keyPrefix: string, maxPerSecond: number) =>
    RedisSendRate.layer({ keyPrefix, maxPerSecond }).pipe(
      Layer.provide(RedisClient.layer(optionsFor(redis)))
    )
  const freshPrefix = () => `test-${crypto.randomUUID()}:`

  sendRateContract("SendRate on Redis", ({ maxPerSecond }) => onRedis(freshPrefix(), maxPerSecond))

  /** A rate with a connection of its own, open until the test ends. */
  const instance = (layer: Layer.Layer<SendRate>) =>
    Effect.map(Layer.build(Layer.fresh(layer)), (context) => Context.get(context, SendRate))

  it.live("two processes share one rate, and slow each other down", () =>
    Effect.gen(function* () {
      const prefix = freshPrefix()
      const [one, other] = [
        yield* instance(onRedis(prefix, 20)),
        yield* instance(onRedis(prefix, 20))
      ]
      const together = Effect.map(
        Effect.all(
          [
            Effect.provideService(turns(4), SendRate, one),
            Effect.provideService(turns(4), SendRate, other)
          ],
          { concurrency: "unbounded" }
        ),
        (millis) => millis.flat().toSorted((a, b) => a - b)
      )
      // Two tokens are kept, for both of them.
      assertSpread(yield* together, -50, 50)
      const since = yield* Clock.currentTimeMillis
      yield* one.throttled
      assert.isBelow(yield* other.current, 11)
      assertSpread(yield* Effect.provideService(turns(3, since), SendRate, other), 90, 99)
    })
  )

  it.live("tokens that one process takes for codes are taken from the other, too", () =>
    Effect.gen(function* () {
      const prefix = freshPrefix()
      const [api, worker] = [
        yield* instance(onRedis(prefix, 2)),
        yield* instance(onRedis(prefix, 2))
      ]
      // A third one would have to wait for 625 ms.
      const until = addSeconds(yield* now, 0.3)
      for (let i = 0; i < 2; i++) assert.isTrue(yield* api.takeForCode(until))
      assert.isFalse(yield* worker.takeForCode(until))
      assert.strictEqual((yield* worker.take(5)).taken, 0)
    })
  )

  it.live("recovers with time, and is forgotten when it is idle", () =>
    Effect.gen(function* () {
      const prefix = freshPrefix()
      const rate = yield* instance(onRedis(prefix, 20))
      yield* rate.throttled
      const key = `${prefix}send-rate`
      const life = yield* Effect.promise(() => withRedis(redis, (client) => client.pttl(key)))
      assert.isAtLeast(life, 55_000)
      assert.isAtMost(life, 61_000)
      // Redis keeps its own clock, so the state is dated back instead.
      yield* Effect.promise(() =>
        withRedis(redis, async (client) => {
          const long = Date.now() - 60_000
          await client.hset(key, "ratedAt", long, "nextAt", long, "nextCodeAt", long)
        })
      )
      assert.strictEqual(yield* rate.current, 20)
      const millis = yield* Effect.provideService(turns(5), SendRate, rate)
      assertSpread(millis, -50, 50)
      // At half the rate it would be 400.
      assert.isBelow(millis[4] ?? 0, 350)
    })
  )

  it.live("counts in memory while Redis is unavailable, and does not fail", () =>
    Effect.gen(function* () {
      const own = yield* Effect.acquireRelease(
        Effect.promise(() => startRedis()),
        ({ stop }) => Effect.promise(stop)
      )
      const rate = yield* instance(
        RedisSendRate.layer({ keyPrefix: freshPrefix(), maxPerSecond: 20 }).pipe(
          Layer.provide(RedisClient.layer(optionsFor(own.address)))
        )
      )
      yield* turns(1).pipe(Effect.provideService(SendRate, rate))
      yield* Effect.promise(() => own.node.crash())
      const millis = yield* Effect.provideService(turns(4), SendRate, rate)
      assertSpread(millis, -50, 50)
      assert.isTrue(yield* rate.takeForCode(addSeconds(yield* now, 1)))
      assert.strictEqual(yield* rate.current, 20)
      const since = yield* Clock.currentTimeMillis
      yield* rate.throttled
      assertSpread(yield* Effect.provideService(turns(3, since), SendRate, rate), 90, 99)
    })
  )
})
