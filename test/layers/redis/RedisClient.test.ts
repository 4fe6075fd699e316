// What a Redis that is away costs its users: an error within the deadline, and nothing once it is back.
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { inspect } from "node:util"
import { assert, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer, Logger, Option, Redacted, Schedule } from "effect"
import type { RedisOptions } from "../../../src/layers/redis/connection.ts"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisOrderCache from "../../../src/layers/redis/RedisOrderCache.ts"
import { OrderId } from "../../../src/services/ids.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { freePort } from "../../../tools/harness/kept.ts"
import { startRedis } from "../../../tools/harness/redis.ts"
import { startRedisPair } from "../../../tools/harness/redisPair.ts"
import { anOrder } from "../../contract/orderCache.ts"
import { describeWith, describeWithRedisVersions } from "../../suite.ts"
import { optionsFor } from "./support.ts"

type Cache = OrderCache["Service"]

/** Twice the deadline of a command, and some for a busy machine. */
const withinDeadline = 500
/** Far below the deadline: refused without asking. */
const atOnce = 50

// Redis as such has to be obtainable; each test then runs one of its own.
describeWith(["redis"], "RedisClient", () => {
  it.live("fails immediately when no server listens, from the start", () =>
    Effect.gen(function* () {
      const port = yield* Effect.promise(freePort)
      const { cache, client, lines } = yield* open(optionsFor({ host: "127.0.0.1", port }))
      for (let i = 0; i < 10; i++) assert.isBelow(yield* millisToFail(cache), atOnce)
      // It is public: no host, address or port.
      assert.deepStrictEqual(
        yield* client.problem,
        Option.some("Redis does not answer: ECONNREFUSED")
      )
      assert.deepStrictEqual(lines, ["Redis is away"])
    })
  )

  for (const cluster of [false, true])
    for (const [what, serve] of [
      ["never answers", () => undefined],
      ["closes them", (socket: Socket) => socket.end()]
    ] as const)
      it.live(
        `fails within the deadline at a server that takes connections and ${what} (${cluster ? "a cluster" : "one server"})`,
        () =>
          Effect.gen(function* () {
            const { port } = yield* listen(serve)
            const [opening, { cache, client }] = yield* Effect.timed(
              open({ ...optionsFor({ host: "127.0.0.1", port }), cluster })
            )
            assert.isBelow(Duration.toMillis(opening), 5000)
            for (let i = 0; i < 10; i++) assert.isBelow(yield* millisToFail(cache), withinDeadline)
            assert.match(Option.getOrThrow(yield* client.problem), /does not answer/)
          })
      )

  it.live("fails when Redis crashes, stops calling it, and recovers without a restart", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis()
      const { cache, client, lines } = yield* open(optionsFor(own.address))
      const order = anOrder()
      yield* cache.put([order])
      assert.deepStrictEqual(yield* client.problem, Option.none())
      yield* Effect.promise(() => own.node.crash())
      for (let i = 0; i < 20; i++) assert.isBelow(yield* millisToFail(cache), withinDeadline)
      yield* client.problem.pipe(
        Effect.repeat({
          until: Option.exists((problem) => problem.includes("ECONNREFUSED")),
          schedule: Schedule.spaced("5 millis")
        }),
        Effect.timeout("5 seconds")
      )
      yield* Effect.promise(() => own.node.restart())
      yield* untilBack(cache)
      yield* cache.put([order])
      assert.deepStrictEqual(yield* client.problem, Option.none())
      yield* untilBackIsLogged(lines)
      assert.deepStrictEqual(lines, ["Redis is away", "Redis is back"])
    })
  )

  it.live(
    "fails within the deadline when Redis freezes, then immediately, and recovers when it continues",
    () =>
      Effect.gen(function* () {
        const own = yield* ownRedis()
        const { cache, lines } = yield* open(optionsFor(own.address))
        yield* cache.put([anOrder()])
        own.node.freeze()
        const first = yield* Effect.forEach(
          Array.from({ length: 100 }),
          () => millisToFail(cache),
          {
            concurrency: "unbounded"
          }
        )
        assert.isBelow(Math.max(...first), withinDeadline)
        assert.isBelow(yield* millisToFail(cache), atOnce)
        own.node.thaw()
        yield* untilBack(cache)
        yield* untilBackIsLogged(lines)
        assert.deepStrictEqual(lines, ["Redis is away", "Redis is back"])
      })
  )

  for (const isSent of [true, false])
    it.live(
      `does not take a pause of the process for one of Redis (the command ${isSent ? "was" : "was not"} sent before)`,
      () =>
        Effect.gen(function* () {
          const own = yield* ownRedis()
          const { cache, lines } = yield* open(optionsFor(own.address))
          const order = anOrder()
          yield* cache.put([order])
          const reading = yield* Effect.forkChild(cache.get(order.id), { startImmediately: true })
          if (isSent) yield* Effect.promise(() => turnsOfTheLoop(2))
          // Several times the deadline of a command.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
          assert.isTrue(Option.isSome(yield* Fiber.join(reading)))
          assert.deepStrictEqual(lines, [])
        })
    )

  it.live("closes a connection that went silent, and reaches Redis on a new one", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis()
      const relay = yield* relayTo(own.address.port)
      const { cache } = yield* open({ ...optionsFor(own.address), port: relay.port })
      yield* cache.put([anOrder()])
      // As when the peer's machine is gone: no packet comes back, not even a reset.
      relay.silence()
      yield* millisToFail(cache)
      yield* untilBack(cache)
    })
  )

  it.live("logs in with a password", () =>
    Effect.gen(function* () {
      const own = yield* ownRedis("open sesame")
      const { cache, client } = yield* open(optionsFor(own.address))
      yield* cache.put([anOrder()])
      assert.deepStrictEqual(yield* client.problem, Option.none())
    })
  )

  for (const username of [undefined, "somebody"])
    it.live(`never reveals a wrong password (${username ?? "no"} user)`, () =>
      Effect.gen(function* () {
        const own = yield* ownRedis("open sesame")
        const written = yield* capturedOutput
        const { cache, client, records } = yield* open({
          ...optionsFor(own.address),
          username,
          password: Redacted.make("wrong-horse")
        })
        const error = yield* Effect.flip(cache.get(someId))
        const problem = yield* client.problem
        assert.match(Option.getOrThrow(problem), /WRONGPASS/)
        const everything = inspect([error, problem, records, written], { depth: 20 })
        assert.notInclude(everything, "wrong-horse")
        assert.include(everything, "Redis is away")
      })
    )
})

await describeWithRedisVersions("RedisClient after a fail-over", (version) => {
  it.live("reads nothing from the old primary, and finds the new one", () =>
    Effect.gen(function* () {
      const pair = yield* Effect.acquireRelease(
        Effect.promise(() => startRedisPair({ version })),
        ({ stop }) => Effect.promise(stop)
      )
      const { cache, client, lines } = yield* open(optionsFor(pair.address))
      const order = anOrder()
      const cancelled = { ...order, status: "cancelled", version: 2 } as const
      yield* cache.put([order])
      yield* Effect.promise(pair.failOver)
      assert.strictEqual(pair.connections(), 1)
      yield* Effect.flip(cache.put([cancelled]))
      yield* millisToFail(cache, order.id)
      yield* cache
        .put([cancelled])
        .pipe(Effect.retry(Schedule.spaced("20 millis")), Effect.timeout("5 seconds"))
      const cached = yield* Effect.flatMap(cache.get(order.id), Effect.fromOption)
      assert.strictEqual(cached.version, 2)
      assert.deepStrictEqual(yield* client.problem, Option.none())
      assert.deepStrictEqual(lines, ["Redis is away", "Redis is back"])
    })
  )
})

/** A cache on its own connection, with what is logged meanwhile. */
const open = Effect.fnUntraced(function* (options: RedisOptions) {
  const records: Array<unknown> = []
  const lines: Array<unknown> = []
  const logger = Logger.make<unknown, void>(({ message, logLevel, cause }) => {
    records.push([logLevel, message, cause])
    lines.push(Array.isArray(message) ? message[0] : message)
  })
  const layer = RedisOrderCache.layer({ keyPrefix: "" }).pipe(
    Layer.provideMerge(RedisClient.layer(options)),
    Layer.provide(Logger.layer([logger])),
    Layer.fresh
  )
  const context = yield* Layer.build(layer)
  return {
    cache: Context.get(context, OrderCache),
    client: Context.get(context, RedisClient.RedisClient),
    records,
    lines
  }
})

const someId = OrderId.make("some-id")

const millisToFail = (cache: Cache, id = someId) =>
  Effect.map(Effect.timed(Effect.flip(cache.get(id))), ([elapsed, error]) => {
    assert.strictEqual(error._tag, "OrderCacheError")
    return Duration.toMillis(elapsed)
  })

const untilBack = (cache: Cache) =>
  cache.get(someId).pipe(Effect.retry(Schedule.spaced("50 millis")), Effect.timeout("15 seconds"))

const ownRedis = (password?: string) =>
  Effect.acquireRelease(
    Effect.promise(() => startRedis(password === undefined ? {} : { password })),
    ({ stop }) => Effect.promise(stop)
  )

const untilBackIsLogged = (lines: ReadonlyArray<unknown>) =>
  Effect.sync(() => lines.includes("Redis is back")).pipe(
    Effect.repeat({ until: (logged) => logged, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("5 seconds")
  )

/** A TCP server on a free port; at the end its connections are cut. */
const listen = (serve: (socket: Socket) => void) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket.on("error", () => socket.destroy()))
        serve(socket)
      }).listen(0, "127.0.0.1")
      await once(server, "listening")
      const address = server.address()
      assert(address !== null && typeof address === "object")
      return { server, sockets, port: address.port }
    }),
    ({ server, sockets }) =>
      Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
  )

/** Passes everything on, until the connections that it has then are silenced. */
const relayTo = (target: number) =>
  Effect.gen(function* () {
    const upstreams = new Set<Socket>()
    const { port } = yield* listen((socket) => {
      const upstream = connect(target, "127.0.0.1").on("error", () => upstream.destroy())
      upstreams.add(upstream)
      socket.pipe(upstream)
      upstream.pipe(socket)
    })
    const silence = () => {
      for (const upstream of upstreams) upstream.unpipe().resume()
    }
    return { port, silence }
  })

/** What is written to the terminal past the logger, as libraries do. */
const capturedOutput = Effect.acquireRelease(
  Effect.sync(() => {
    const written: Array<unknown> = []
    const originals = { warn: console.warn, error: console.error, log: console.log }
    const capture = (...args: ReadonlyArray<unknown>) => written.push(args)
    Object.assign(console, { warn: capture, error: capture, log: capture })
    return { written, originals }
  }),
  ({ originals }) => Effect.sync(() => Object.assign(console, originals))
).pipe(Effect.map(({ written }) => written))

const turnsOfTheLoop = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
