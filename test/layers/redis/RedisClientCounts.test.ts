import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Option, Schedule, type Scope } from "effect"
import { TestClock } from "effect/testing"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisClientCounts from "../../../src/layers/redis/RedisClientCounts.ts"
import * as RedisRateLimiter from "../../../src/layers/redis/RedisRateLimiter.ts"
import * as SettledClientLimit from "../../../src/layers/runtime/SettledClientLimit.ts"
import { RateLimiter, rateRules } from "../../../src/services/runtime/RateLimiter.ts"
import { type RedisAddress, startRedis } from "../../../tools/harness/redis.ts"
import { addUses, clientCountsContract } from "../../contract/clientCounts.ts"
import { describeWith } from "../../suite.ts"
import { optionsFor, passFor, withRedis } from "./support.ts"

const { limit, windowSeconds } = rateRules.client
const share = limit / 20

describeWith(["redis"], "RedisClientCounts", ({ redis }) => {
  const keyPrefix = `test-${crypto.randomUUID()}:`
  const client = RedisClient.layer(optionsFor(redis))
  const pass = passFor(redis, keyPrefix)
  const counts = ({ factor }: { readonly factor: number }) =>
    RedisClientCounts.layer({ factor, keyPrefix }).pipe(Layer.provide(client))

  clientCountsContract("ClientCounts on Redis", { layer: counts, pass })

  it.effect("counts what the exact limiter counts", () =>
    Effect.gen(function* () {
      const exact = yield* RateLimiter
      const address = crypto.randomUUID()
      yield* exact.take("client", address)
      assert.deepStrictEqual(
        yield* addUses(address, limit - 2, Option.none()),
        Option.some(limit - 1)
      )
      assert.strictEqual((yield* exact.take("client", address)).remaining, 0)
      yield* Effect.flip(exact.take("client", address))
    }).pipe(
      Effect.provide(
        Layer.merge(RedisRateLimiter.layer({ factor: 1, keyPrefix }), counts({ factor: 1 })).pipe(
          Layer.provide(client)
        )
      )
    )
  )

  it.live("lets two processes exceed the limit by at most two shares", () =>
    Effect.gen(function* () {
      const takes = [yield* process(redis, keyPrefix), yield* process(redis, keyPrefix)]
      const address = crypto.randomUUID()
      const requests = Array.from({ length: limit }, () => takes).flat()
      const results = yield* Effect.forEach(requests, (take) => Effect.exit(take(address)), {
        concurrency: 64
      })
      const passed = results.filter(Exit.isSuccess).length
      assert.isAtLeast(passed, limit)
      assert.isAtMost(passed, limit + 2 * share)
      for (const take of takes) yield* Effect.flip(take(address))
    })
  )

  it.live("makes few calls for 1,000 requests, and settles regularly and before it closes", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis
      const reset = Effect.promise(() => withRedis(own.address, (r) => r.config("RESETSTAT")))
      const address = crypto.randomUUID()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const take = yield* process(own.address, keyPrefix, 10)
          // The first call brings the script there.
          yield* take("another client")
          yield* reset
          const start = performance.now()
          const quotas = yield* Effect.replicateEffect(take(address), 1000)
          const tenths = Math.ceil((performance.now() - start) / 100)
          assert.strictEqual(quotas.at(-1)?.remaining, 10 * limit - 1000)
          const stats = yield* Effect.promise(() =>
            withRedis(own.address, (r) => r.info("commandstats"))
          )
          const calls = Number(/^cmdstat_evalsha:calls=(\d+),/mu.exec(stats)?.[1])
          assert.isAtMost(calls, 1 + 1000 / (10 * share) + tenths)
          yield* settled(own.address, keyPrefix, address).pipe(
            Effect.repeat({ until: (used) => used === 1000, schedule: Schedule.spaced(20) }),
            Effect.timeout("5 seconds")
          )
          yield* Effect.replicateEffect(take(address), 5)
        })
      )
      assert.strictEqual(yield* settled(own.address, keyPrefix, address), 1005)
    })
  )

  it.effect("begins a new window for a client once Redis's has ended", () =>
    Effect.gen(function* () {
      const take = yield* process(redis, keyPrefix)
      const address = crypto.randomUUID()
      yield* Effect.replicateEffect(take(address), 1 + share)
      yield* pass(windowSeconds)
      // By this process's clock the window has not ended.
      assert.strictEqual((yield* take(address)).remaining, limit - 1)
      yield* TestClock.adjust(windowSeconds * 1000)
      yield* pass(windowSeconds)
      assert.strictEqual((yield* take(address)).remaining, limit - 1)
    })
  )

  it.live("counts in memory while Redis is unavailable, and in Redis again when it is back", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis
      const takes = [yield* process(own.address, keyPrefix), yield* process(own.address, keyPrefix)]
      const passed = (take: Take, address: string) =>
        Effect.forEach(Array.from({ length: limit + 9 }), () => Effect.exit(take(address)), {
          concurrency: 64
        }).pipe(Effect.map((exits) => exits.filter(Exit.isSuccess).length))
      yield* Effect.promise(() => own.node.crash())
      const address = crypto.randomUUID()
      for (const take of takes) assert.strictEqual(yield* passed(take, address), limit)
      yield* Effect.promise(() => own.node.restart())
      // Each counts alone until its connection is back: Redis knows its new clients then.
      for (const take of takes)
        yield* Effect.gen(function* () {
          const another = crypto.randomUUID()
          yield* take(another)
          yield* Effect.sleep(150)
          return yield* settled(own.address, keyPrefix, another)
        }).pipe(Effect.repeat({ until: (used) => used > 0 }), Effect.timeout("10 seconds"))
      const next = crypto.randomUUID()
      const together = yield* Effect.all(takes.map((take) => passed(take, next)))
      const all = together.reduce((sum, each) => sum + each, 0)
      assert.isAtLeast(all, limit)
      assert.isAtMost(all, limit + 2 * share)
    })
  )
})

const ownRedis = Effect.acquireRelease(
  Effect.promise(() => startRedis()),
  ({ stop }) => Effect.promise(stop)
)

type Take = (client: string) => ReturnType<RateLimiter["Service"]["take"]>

/** What one process takes by, with a connection of its own, until the test ends. */
const process = (
  address: RedisAddress,
  keyPrefix: string,
  factor = 1
): Effect.Effect<Take, never, Scope.Scope> => {
  const options = { factor, keyPrefix }
  const all = SettledClientLimit.layer(options).pipe(
    Layer.provide(Layer.merge(RedisRateLimiter.layer(options), RedisClientCounts.layer(options))),
    Layer.provide(RedisClient.layer(optionsFor(address)))
  )
  return Effect.map(Layer.build(Layer.fresh(all)), (context) => {
    const limiter = Context.get(context, RateLimiter)
    return (client) => limiter.take("client", client)
  })
}

/** What all processes have settled of a client's uses. */
const settled = (address: RedisAddress, keyPrefix: string, client: string) =>
  addUses(client, 0, Option.none()).pipe(
    Effect.map(Option.getOrThrow),
    Effect.provide(
      RedisClientCounts.layer({ factor: 10, keyPrefix }).pipe(
        Layer.provide(RedisClient.layer(optionsFor(address)))
      )
    )
  )
