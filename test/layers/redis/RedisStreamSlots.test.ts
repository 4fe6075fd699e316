import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisStreamSlots from "../../../src/layers/redis/RedisStreamSlots.ts"
import { StreamSlots, slotsPerUser } from "../../../src/services/orders/ports/StreamSlots.ts"
import { startRedis } from "../../../tools/harness/redis.ts"
import { aUser, holdAll, names, streamSlotsContract } from "../../contract/streamSlots.ts"
import { describeWith } from "../../suite.ts"
import { optionsFor, passFor, passWithClock } from "./support.ts"

describeWith(["redis"], "RedisStreamSlots", ({ redis }) => {
  const keyPrefix = `test-${crypto.randomUUID()}:`
  const on = (address: typeof redis) =>
    RedisStreamSlots.layer({ keyPrefix }).pipe(
      Layer.provide(RedisClient.layer(optionsFor(address)))
    )
  /** As another process has it. */
  const process = (address: typeof redis) => Layer.build(Layer.fresh(on(address)))

  streamSlotsContract("StreamSlots on Redis", {
    layer: on(redis),
    pass: passWithClock(passFor(redis, keyPrefix))
  })

  it.effect("gives a user ten over two processes", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* process(redis), yield* process(redis)]
      const user = aUser()
      const [first, second] = yield* Effect.all(
        [
          Effect.provideContext(holdAll(user, names(8, "one")), one),
          Effect.provideContext(holdAll(user, names(8, "other")), other)
        ],
        { concurrency: "unbounded" }
      )
      assert.strictEqual(first + second, slotsPerUser)
    })
  )

  it.live("gives a user ten in each process while Redis is unavailable", () =>
    Effect.gen(function* () {
      const own = yield* Effect.acquireRelease(
        Effect.promise(() => startRedis()),
        ({ stop }) => Effect.promise(stop)
      )
      const [one, other] = [yield* process(own.address), yield* process(own.address)]
      const user = aUser()
      assert.strictEqual(yield* Effect.provideContext(holdAll(user, names(4, "before")), one), 4)
      yield* Effect.promise(() => own.node.crash())
      // What the process counted before counts.
      assert.strictEqual(
        yield* Effect.provideContext(holdAll(user, names(30, "one")), one),
        slotsPerUser - 4
      )
      const elsewhere = Context.get(other, StreamSlots)
      assert.isTrue(yield* elsewhere.hold(user, "other"))
    })
  )
})
