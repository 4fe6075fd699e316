import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Schedule } from "effect"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisRateLimiter from "../../../src/layers/redis/RedisRateLimiter.ts"
import { RateLimiter, rateRules } from "../../../src/services/runtime/RateLimiter.ts"
import { startRedis } from "../../../tools/harness/redis.ts"
import { aSubject, rateLimiterContract } from "../../contract/rateLimiter.ts"
import { describeWith } from "../../suite.ts"
import { optionsFor, passFor, withRedis } from "./support.ts"

const { limit } = rateRules.loginAccount

describeWith(["redis"], "RedisRateLimiter", ({ redis }) => {
  const keyPrefix = `test-${crypto.randomUUID()}:`
  const layer = ({ factor }: { readonly factor: number }) =>
    RedisRateLimiter.layer({ factor, keyPrefix }).pipe(
      Layer.provide(RedisClient.layer(optionsFor(redis)))
    )

  rateLimiterContract("RateLimiter on Redis", { layer, pass: passFor(redis, keyPrefix) })

  it.effect(
    "allows exactly the limit of 100 concurrent takes on the connections of two processes",
    () =>
      Effect.gen(function* () {
        const one = yield* instance(layer({ factor: 1 }))
        const other = yield* instance(layer({ factor: 1 }))
        const subject = aSubject()
        const exits = yield* Effect.forEach(
          Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? one : other)),
          (limiter) => Effect.exit(limiter.take("loginAccount", subject)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, limit)
      })
  )

  it.effect("stores no readable subject in Redis", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter
      yield* limiter.take("registerAddress", "somebody@example.com")
      const keys = yield* Effect.promise(() =>
        withRedis(redis, (client) => client.keys(`${keyPrefix}*`))
      )
      assert.isTrue(keys.some((key) => key.startsWith(`${keyPrefix}rate:registerAddress:`)))
      assert.isFalse(keys.some((key) => key.includes("somebody")))
    }).pipe(Effect.provide(layer({ factor: 1 })))
  )

  it.live("takes, refuses and gives back in one Redis call each", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis
      const alike = RedisRateLimiter.layer({ factor: 1, keyPrefix }).pipe(
        Layer.provide(RedisClient.layer(optionsFor(own.address)))
      )
      const one = yield* instance(alike)
      const other = yield* instance(alike)
      const subject = aSubject()
      const refuse = Effect.flip(one.take("loginAccount", subject))
      // The first call of each brings the script there.
      yield* one.take("loginAccount", subject)
      yield* other.giveBack("loginAccount", aSubject())
      yield* Effect.promise(() => withRedis(own.address, (r) => r.config("RESETSTAT")))
      for (let i = 1; i < limit; i++) yield* one.take("loginAccount", subject)
      // More refusals than failures of Redis would be borne.
      for (let i = 0; i < 20; i++) yield* refuse
      yield* other.giveBack("loginAccount", subject)
      yield* one.take("loginAccount", subject)
      yield* refuse
      const stats = yield* Effect.promise(() =>
        withRedis(own.address, (r) => r.info("commandstats"))
      )
      assert.match(stats, new RegExp(`^cmdstat_evalsha:calls=${limit - 1 + 20 + 1 + 1 + 1},`, "mu"))
    })
  )

  it.live("counts concurrent uses of one subject in one call, and each use separately", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis
      const limiter = yield* instance(
        RedisRateLimiter.layer({ factor: 1, keyPrefix }).pipe(
          Layer.provide(RedisClient.layer(optionsFor(own.address)))
        )
      )
      // The first call brings the script there.
      yield* limiter.take("loginAccount", aSubject())
      yield* Effect.promise(() => withRedis(own.address, (r) => r.config("RESETSTAT")))
      const subject = aSubject()
      const takes = Array.from({ length: limit + 3 }, () => limiter.take("loginAccount", subject))
      const outcomes = yield* Effect.all(takes, { concurrency: "unbounded", mode: "result" })
      const remaining = outcomes.map((outcome) =>
        outcome._tag === "Success" ? outcome.success.remaining : outcome.failure.quota.remaining
      )
      assert.deepStrictEqual(remaining, [
        ...Array.from({ length: limit }, (_, i) => limit - 1 - i),
        ...[0, 0, 0]
      ])
      assert.deepStrictEqual(
        outcomes.map(({ _tag }) => _tag),
        [...Array(limit).fill("Success"), ...Array(3).fill("Failure")]
      )
      yield* limiter.giveBack("loginAccount", subject)
      assert.strictEqual((yield* limiter.take("loginAccount", subject)).remaining, 0)
      const stats = yield* Effect.promise(() =>
        withRedis(own.address, (r) => r.info("commandstats"))
      )
      assert.match(stats, /^cmdstat_evalsha:calls=3,/mu)
    })
  )

  it.effect(
    "locks no subject out by a count without an expiry, which another program could leave",
    () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const subject = aSubject()
        yield* limiter.take("registerClient", subject)
        yield* Effect.promise(() =>
          withRedis(redis, async (client) => {
            for (const key of await client.keys(`${keyPrefix}rate:registerClient:*`))
              await client.set(key, 1000)
          })
        )
        const { remaining, resetSeconds } = yield* limiter.take("registerClient", subject)
        const { limit: most, windowSeconds } = rateRules.registerClient
        assert.deepStrictEqual([remaining, resetSeconds], [most - 1, windowSeconds])
      }).pipe(Effect.provide(layer({ factor: 1 })))
  )

  it.live("clears also what it counted in memory while Redis is unavailable", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis
      const alone = yield* instance(
        RedisRateLimiter.layer({ factor: 1, keyPrefix }).pipe(
          Layer.provide(RedisClient.layer(optionsFor(own.address)))
        )
      )
      yield* Effect.promise(() => own.node.crash())
      const subject = aSubject()
      const use = alone.take("loginAccount", subject)
      yield* Effect.replicateEffect(use, limit)
      yield* Effect.flip(use)
      yield* alone.clear("loginAccount", subject)
      yield* Effect.replicateEffect(use, limit)
      yield* Effect.flip(use)
    })
  )

  it.live("counts in memory while Redis is unavailable, and in Redis again when it is back", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis
      const alike = () =>
        RedisRateLimiter.layer({ factor: 1, keyPrefix }).pipe(
          Layer.provide(RedisClient.layer(optionsFor(own.address)))
        )
      const one = yield* instance(alike())
      const other = yield* instance(alike())
      const subject = aSubject()
      const passed = (limiter: RateLimiter["Service"]) =>
        Effect.all(
          Array.from({ length: limit * 2 }, () => limiter.take("loginAccount", subject)),
          {
            concurrency: "unbounded",
            mode: "result"
          }
        ).pipe(Effect.map((results) => results.filter(({ _tag }) => _tag === "Success").length))

      assert.strictEqual((yield* passed(one)) + (yield* passed(other)), limit)
      yield* Effect.promise(() => own.node.crash())
      assert.strictEqual(yield* passed(one), limit)
      assert.strictEqual(yield* passed(other), limit)
      yield* Effect.promise(() => own.node.restart())
      // Each counts alone until its connection is back: a fresh subject then leaves a key in Redis.
      for (const limiter of [one, other])
        yield* limiter
          .take("refreshSession", aSubject())
          .pipe(
            Effect.andThen(countUses(own.address)),
            Effect.repeat({ until: (keys) => keys > 0, schedule: Schedule.spaced("50 millis") }),
            Effect.andThen(Effect.promise(() => withRedis(own.address, (r) => r.flushall()))),
            Effect.timeout("10 seconds")
          )
      assert.strictEqual((yield* passed(one)) + (yield* passed(other)), limit)
    })
  )
})

const ownRedis = Effect.acquireRelease(
  Effect.promise(() => startRedis()),
  ({ stop }) => Effect.promise(stop)
)

/** A limiter with a connection of its own, open until the test ends. */
const instance = (layer: Layer.Layer<RateLimiter>) =>
  Effect.map(Layer.build(Layer.fresh(layer)), (context) => Context.get(context, RateLimiter))

const countUses = (address: { readonly host: string; readonly port: number }) =>
  Effect.promise(() => withRedis(address, async (client) => (await client.keys("*:rate:*")).length))
