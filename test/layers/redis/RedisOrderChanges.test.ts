// Words of changes over Redis: from process to process, and again after a Redis that was away.
import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Option, Queue, Redacted, Schedule } from "effect"
import type { RedisOptions } from "../../../src/layers/redis/connection.ts"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisOrderCache from "../../../src/layers/redis/RedisOrderCache.ts"
import * as RedisOrderChanges from "../../../src/layers/redis/RedisOrderChanges.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { OrderChanges, unknownVersion } from "../../../src/services/orders/ports/OrderChanges.ts"
import { startRedis } from "../../../tools/harness/redis.ts"
import { anOrder } from "../../contract/orderCache.ts"
import { orderChangesContract, watching } from "../../contract/orderChanges.ts"
import { describeWith } from "../../suite.ts"
import { optionsFor, withRedis } from "./support.ts"

const away = "streams of orders hear of no changes: they read the orders"
const back = "streams of orders hear of changes again"

/** Keeps the lines that are about streams. */
const recorder = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => {
    const line = String(Array.isArray(message) ? message[0] : message)
    if (line.startsWith("streams")) lines.push(line)
  })
  return { lines, logging: Logger.layer([logger]) }
}

describeWith(["redis"], "RedisOrderChanges", ({ redis }) => {
  const keyPrefix = `test-${crypto.randomUUID()}:`
  const on = (options: RedisOptions) =>
    Layer.merge(
      RedisOrderCache.layer({ keyPrefix }).pipe(Layer.provide(RedisClient.layer(options))),
      RedisOrderChanges.layer({ ...options, keyPrefix })
    )
  /** As another process has it. */
  const process = (options: RedisOptions) => Layer.build(Layer.fresh(on(options)))
  const ownRedis = Effect.acquireRelease(
    Effect.promise(() => startRedis()),
    ({ stop }) => Effect.promise(stop)
  )
  const hears = (changes: OrderChanges["Service"], expected: boolean) =>
    changes.hears.pipe(
      Effect.repeat({ until: (now) => now === expected, schedule: Schedule.spaced("5 millis") }),
      Effect.timeout("20 seconds")
    )

  orderChangesContract("OrderChanges on Redis", on(optionsFor(redis)))

  it.effect("notifies other processes of a write, and no other deployment", () =>
    Effect.gen(function* () {
      const writer = Context.get(yield* process(optionsFor(redis)), OrderCache)
      const stranger = Context.get(
        yield* Layer.build(
          RedisOrderCache.layer({ keyPrefix: "another:" }).pipe(
            Layer.provide(RedisClient.layer(optionsFor(redis)))
          )
        ),
        OrderCache
      )
      const order = anOrder()
      const words = yield* watching(order.id)
      yield* stranger.put([{ ...order, version: 2 }])
      yield* writer.put([{ ...order, version: 3 }])
      assert.strictEqual(yield* words.next, 3)
    }).pipe(Effect.provide(on(optionsFor(redis))))
  )

  it.effect("publishes nothing for a new order", () =>
    Effect.gen(function* () {
      const { id } = anOrder()
      const words = yield* watching(id)
      const cache = yield* OrderCache
      yield* cache.put([anOrder({ id, version: 1 })])
      yield* cache.put([anOrder({ id, version: 2 })])
      assert.strictEqual(yield* words.next, 2)
    }).pipe(Effect.provide(on(optionsFor(redis))))
  )

  it.effect("opens no connection before an order is watched", () =>
    Effect.gen(function* () {
      const name = `user-${crypto.randomUUID()}`
      yield* Effect.promise(() =>
        withRedis(redis, (admin) =>
          admin.call("ACL", "SETUSER", name, "on", ">secret", "~*", "&*", "+@all")
        )
      )
      const options = { ...optionsFor(redis), username: name, password: Redacted.make("secret") }
      const connections = Effect.promise(() =>
        withRedis(redis, async (admin) =>
          String(await admin.call("CLIENT", "LIST"))
            .split("\n")
            .filter((line) => line.includes(`user=${name} `))
        )
      )
      const changes = Context.get(
        yield* Layer.build(RedisOrderChanges.layer({ ...options, keyPrefix })),
        OrderChanges
      )
      assert.deepStrictEqual(yield* connections, [])
      yield* watching(anOrder().id).pipe(Effect.provideService(OrderChanges, changes))
      assert.strictEqual((yield* connections).length, 1)
    })
  )

  it.live(
    "receives nothing while Redis is unavailable, and tells all watchers afterwards that they may have missed a change",
    () =>
      Effect.gen(function* () {
        const { lines, logging } = recorder()
        const own = yield* ownRedis
        const services = yield* Layer.build(
          on(optionsFor(own.address)).pipe(Layer.provideMerge(logging))
        )
        const changes = Context.get(services, OrderChanges)
        const orders = [anOrder(), anOrder()]
        const words = yield* Effect.forEach(orders, ({ id }) => watching(id)).pipe(
          Effect.provideContext(services)
        )
        yield* hears(changes, true)
        yield* Effect.promise(() => own.node.crash())
        yield* hears(changes, false)
        yield* Effect.promise(() => own.node.restart())
        for (const { next } of words) assert.strictEqual(yield* next, unknownVersion)
        yield* hears(changes, true)
        const cache = Context.get(yield* process(optionsFor(own.address)), OrderCache)
        yield* cache.put(orders.map((order) => ({ ...order, version: 2 })))
        for (const { next } of words) assert.strictEqual(yield* next, 2)
        assert.deepStrictEqual(lines, [away, back])
      })
  )

  it.live("receives changes of an order that was first watched while Redis was unavailable", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis
      yield* Effect.promise(() => own.node.crash())
      const services = yield* process(optionsFor(own.address))
      const words = yield* Queue.unbounded<number>()
      const order = anOrder()
      yield* Context.get(services, OrderChanges).watch(order.id, (version) =>
        Queue.offerUnsafe(words, version)
      )
      assert.isFalse(yield* Context.get(services, OrderChanges).hears)
      yield* Effect.promise(() => own.node.restart())
      assert.strictEqual(yield* Queue.take(words), unknownVersion)
      const cache = Context.get(yield* process(optionsFor(own.address)), OrderCache)
      yield* cache.put([{ ...order, version: 2 }])
      assert.strictEqual(yield* Queue.take(words), 2)
    })
  )

  it.live("writes the cache, without notifications, when its Redis user may not publish", () =>
    Effect.gen(function* () {
      const name = `user-${crypto.randomUUID()}`
      yield* Effect.promise(() =>
        withRedis(redis, (admin) =>
          admin.call("ACL", "SETUSER", name, "on", ">secret", "~*", "resetchannels", "+@all")
        )
      )
      const options = { ...optionsFor(redis), username: name, password: Redacted.make("secret") }
      const { lines, logging } = recorder()
      const services = yield* Layer.build(on(options).pipe(Layer.provideMerge(logging)))
      const cache = Context.get(services, OrderCache)
      const changes = Context.get(services, OrderChanges)
      const order = anOrder({ version: 2 })
      yield* changes.watch(order.id, () => undefined)
      yield* cache.put([order])
      assert.isTrue(Option.isSome(yield* cache.get(order.id)))
      yield* Effect.sync(() => lines.length).pipe(
        Effect.repeat({ until: (count) => count > 0, schedule: Schedule.spaced("5 millis") }),
        Effect.timeout("20 seconds")
      )
      assert.deepStrictEqual(lines, [away])
      assert.isFalse(yield* changes.hears)
    })
  )
})
