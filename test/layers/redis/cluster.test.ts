// The adapters on a Redis Cluster of three nodes: all that they owe on one server, a deadline whether or not the nodes answer,
// and TLS to each.
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { getCACertificates } from "node:tls"
import { assert, it } from "@effect/vitest"
import {
  ConfigProvider,
  Context,
  Duration,
  Effect,
  Layer,
  Logger,
  Option,
  Schedule,
  Scope
} from "effect"
import { Redis } from "ioredis"
import { afterAll, beforeAll } from "vitest"
import type { RedisOptions } from "../../../src/layers/redis/connection.ts"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisClientCounts from "../../../src/layers/redis/RedisClientCounts.ts"
import * as RedisOrderCache from "../../../src/layers/redis/RedisOrderCache.ts"
import * as RedisOrderChanges from "../../../src/layers/redis/RedisOrderChanges.ts"
import * as RedisRateLimiter from "../../../src/layers/redis/RedisRateLimiter.ts"
import * as RedisSendRate from "../../../src/layers/redis/RedisSendRate.ts"
import * as RedisStreamSlots from "../../../src/layers/redis/RedisStreamSlots.ts"
import { ordersConfig } from "../../../src/programs/config/config.ts"
import * as live from "../../../src/programs/live/redis.ts"
import { SendRate } from "../../../src/services/messaging/SendRate.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { RateLimiter } from "../../../src/services/runtime/RateLimiter.ts"
import type { Certificate } from "../../../tools/harness/certificates.ts"
import { freePort, type Kept } from "../../../tools/harness/kept.ts"
import type { RedisAddress } from "../../../tools/harness/redis.ts"
import {
  type ClusterOptions,
  type RedisCluster,
  startRedisCluster
} from "../../../tools/harness/redisCluster.ts"
import { localhostCertificates, tlsFront } from "../../../tools/harness/tlsFront.ts"
import { clientCountsContract } from "../../contract/clientCounts.ts"
import { anOrder, orderCacheContract } from "../../contract/orderCache.ts"
import { orderChangesContract } from "../../contract/orderChanges.ts"
import { aSubject, rateLimiterContract } from "../../contract/rateLimiter.ts"
import { sendRateContract } from "../../contract/sendRate.ts"
import { streamSlotsContract } from "../../contract/streamSlots.ts"
import { describeWith, describeWithRedisVersions } from "../../suite.ts"
import { optionsFor, passFor, passWithClock, withRedis } from "./support.ts"

/** Far above the deadline of a command, and far below that of a request. */
const withinDeadline = 1000

await describeWithRedisVersions("a Redis Cluster", (version) => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster({ version })
  })
  afterAll(() => cluster?.stop())

  const keyPrefix = "test:"
  /** A client of its own for each test: it runs only when the cluster does. */
  const onCluster = <A>(adapter: Layer.Layer<A, never, RedisClient.RedisClient>) =>
    Layer.unwrap(
      Effect.sync(() =>
        Layer.provide(adapter, RedisClient.layer({ ...optionsFor(cluster.address), keyPrefix }))
      )
    )
  const pass = (seconds: number) =>
    Effect.forEach(cluster.nodes, ({ address }) => passFor(address, keyPrefix)(seconds), {
      discard: true
    })

  orderCacheContract("OrderCache", {
    layer: onCluster(RedisOrderCache.layer({ keyPrefix })),
    pass
  })
  // What is put on any node is told by one.
  orderChangesContract(
    "OrderChanges",
    Layer.unwrap(
      Effect.sync(() =>
        Layer.merge(
          onCluster(RedisOrderCache.layer({ keyPrefix })),
          RedisOrderChanges.layer({ ...optionsFor(cluster.address), keyPrefix })
        )
      )
    )
  )
  streamSlotsContract("StreamSlots", {
    layer: onCluster(RedisStreamSlots.layer({ keyPrefix })),
    pass: passWithClock(pass)
  })
  rateLimiterContract("RateLimiter", {
    layer: ({ factor }) => onCluster(RedisRateLimiter.layer({ factor, keyPrefix })),
    pass
  })
  clientCountsContract("ClientCounts", {
    layer: ({ factor }) => onCluster(RedisClientCounts.layer({ factor, keyPrefix })),
    pass
  })
  sendRateContract("SendRate", ({ maxPerSecond }) =>
    onCluster(
      RedisSendRate.layer({ maxPerSecond, keyPrefix: `${keyPrefix}${crypto.randomUUID()}:` })
    )
  )

  it.live("processes share the data on its nodes", () =>
    Effect.gen(function* () {
      const layers = Layer.mergeAll(
        RedisOrderCache.layer({ keyPrefix }),
        RedisRateLimiter.layer({ keyPrefix, factor: 1 }),
        RedisSendRate.layer({ keyPrefix, maxPerSecond: 20 })
      )
      const one = yield* Layer.build(Layer.fresh(onCluster(layers)))
      const other = yield* Layer.build(Layer.fresh(onCluster(layers)))
      const orders = Array.from({ length: 60 }, () => anOrder())
      yield* Context.get(one, OrderCache).put(orders)
      for (const { id } of orders)
        assert.isTrue(Option.isSome(yield* Context.get(other, OrderCache).get(id)))
      for (const subject of orders.map(() => aSubject())) {
        const { remaining } = yield* Context.get(one, RateLimiter).take("loginAccount", subject)
        const next = yield* Context.get(other, RateLimiter).take("loginAccount", subject)
        assert.strictEqual(next.remaining, remaining - 1)
      }
      yield* Context.get(one, SendRate).throttled
      assert.isBelow(yield* Context.get(other, SendRate).current, 11)
      for (const node of cluster.nodes)
        assert.isAbove(yield* Effect.promise(() => withRedis(node.address, (r) => r.dbsize())), 20)
    })
  )

  it.live("is used when REDIS_CLUSTER is set", () =>
    Effect.gen(function* () {
      const { host, port } = cluster.address
      const environment = {
        ...{ MONGO_URI: "mongodb://unused/orders", REDIS_HOST: host },
        ...{ REDIS_PORT: String(port), REDIS_CLUSTER: "true" }
      }
      const { redis } = yield* Effect.provide(
        ordersConfig,
        ConfigProvider.layer(ConfigProvider.fromEnvRecord(environment))
      )
      const context = yield* Layer.build(live.redis(redis, { factor: 1 }, 14))
      yield* Context.get(context, OrderCache).put(Array.from({ length: 60 }, () => anOrder()))
    })
  )

  it.live("a key is found after it has moved", () =>
    Effect.gen(function* () {
      const { cache, client } = yield* open(cluster.address)
      yield* cache.put([anOrder()])
      const order = yield* Effect.promise(() => orderInMovedSlot(cluster))
      yield* cache
        .put([order])
        .pipe(Effect.retry(Schedule.spaced("20 millis")), Effect.timeout("5 seconds"))
      assert.isTrue(Option.isSome(yield* cache.get(order.id)))
      assert.deepStrictEqual(yield* client.problem, Option.none())
    })
  )

  // The one of them that is built with TLS.
  if (version === "Redis 7.0") {
    const { own } = localhostCertificates()

    it.live("uses TLS to nodes with TLS that are known by name", () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.promise(() => mkdtemp(join(tmpdir(), "redis-tls-"))),
          (path) => Effect.promise(() => rm(path, { recursive: true }))
        )
        const file = (name: string) => join(folder, name)
        yield* Effect.promise(async () => {
          await writeFile(file("crt"), own().cert)
          await writeFile(file("key"), own().key)
          await writeFile(file("ca"), getCACertificates("default").join("\n"))
        })
        /** By the plain ones. A node that found one of its two ports taken was started again on others. */
        const tlsPorts = new Map<number, number>()
        const cluster = yield* ownCluster({
          version,
          args: async (port) => {
            const tlsPort = await freePort()
            tlsPorts.set(port, tlsPort)
            return [
              ...[
                "--tls-port",
                String(tlsPort),
                "--tls-cluster",
                "yes",
                "--tls-auth-clients",
                "no"
              ],
              ...["--tls-cert-file", file("crt"), "--tls-key-file", file("key")],
              ...["--tls-ca-cert-file", file("ca"), "--cluster-port", String(port + 10_000)],
              ...["--cluster-announce-hostname", "localhost"],
              ...["--cluster-preferred-endpoint-type", "hostname"]
            ]
          }
        })
        const { cache, client } = yield* open(
          { ...cluster.address, host: "localhost", port: tlsPorts.get(cluster.address.port) ?? 0 },
          { tls: true }
        )
        yield* cache.put(Array.from({ length: 60 }, () => anOrder()))
        assert.deepStrictEqual(yield* client.problem, Option.none())
        for (const { address } of cluster.nodes)
          assert.isAbove(yield* Effect.promise(() => withRedis(address, (r) => r.dbsize())), 5)
      })
    )
  }
})

describeWith(["redis"], "a Redis Cluster, complete or with nodes missing", () => {
  const { own, strangers } = localhostCertificates()

  for (const [what, away, back] of [
    ["is frozen", (node: Kept) => node.freeze(), (node: Kept) => node.thaw()],
    ["has crashed", (node: Kept) => node.crash(), (node: Kept) => node.restart()]
  ] as const)
    it.live(
      `answers within the deadline while one ${what}, and works when it is back`,
      () =>
        Effect.gen(function* () {
          const cluster = yield* ownCluster({})
          const { cache, client, lines } = yield* open(cluster.address)
          const orders = Array.from({ length: 30 }, () => anOrder())
          yield* cache.put(orders)
          const [, , node] = cluster.nodes
          assert(node !== undefined)
          yield* Effect.promise(async () => away(node.node))
          for (const { id } of orders) {
            const [elapsed] = yield* Effect.timed(Effect.exit(cache.get(id)))
            assert.isBelow(Duration.toMillis(elapsed), withinDeadline)
          }
          assert.match(
            Option.getOrThrow(yield* client.problem),
            /^Redis (?:does not answer|refuses): /u
          )
          yield* Effect.promise(async () => back(node.node))
          yield* client.problem.pipe(
            Effect.repeat({ until: Option.isNone, schedule: Schedule.spaced("50 millis") }),
            Effect.timeout("20 seconds")
          )
          yield* cache
            .put(orders)
            .pipe(Effect.retry(Schedule.spaced("50 millis")), Effect.timeout("5 seconds"))
          for (const { id } of orders) assert.isTrue(Option.isSome(yield* cache.get(id)))
          assert.deepStrictEqual(lines, ["Redis is away", "Redis is back"])
        }),
      { concurrent: true }
    )

  it.live("fails immediately while no node listens, and finds the cluster when it starts", () =>
    Effect.gen(function* () {
      const cluster = yield* ownCluster({})
      yield* Effect.promise(() => Promise.all(cluster.nodes.map(({ node }) => node.crash())))
      const { cache, client } = yield* open(cluster.address)
      for (let i = 0; i < 10; i++) {
        const [elapsed] = yield* Effect.timed(Effect.flip(cache.get(anOrder().id)))
        assert.isBelow(Duration.toMillis(elapsed), 50)
      }
      assert.deepStrictEqual(
        yield* client.problem,
        Option.some("Redis does not answer: ECONNREFUSED")
      )
      yield* Effect.promise(() => Promise.all(cluster.nodes.map(({ node }) => node.restart())))
      yield* cache
        .put([anOrder()])
        .pipe(Effect.retry(Schedule.spaced("50 millis")), Effect.timeout("20 seconds"))
    })
  )

  it.live(
    "uses TLS to each node, which needs a certificate for the name of the cluster",
    () =>
      Effect.gen(function* () {
        const { cluster, bytes } = yield* clusterBehindTls(own())
        const { cache, client } = yield* open(
          { ...cluster.address, host: "localhost" },
          { tls: true }
        )
        yield* cache.put(Array.from({ length: 60 }, () => anOrder()))
        assert.deepStrictEqual(yield* client.problem, Option.none())
        for (const count of bytes()) assert.isAbove(count, 1000)
      }),
    { concurrent: true }
  )

  it.live(
    "sends nothing to nodes with another certificate authority",
    () =>
      Effect.gen(function* () {
        const { cluster, bytes } = yield* clusterBehindTls(strangers())
        const { client } = yield* open({ ...cluster.address, host: "localhost" }, { tls: true })
        assert.match(Option.getOrThrow(yield* client.problem), /: \w*(?:CERT|SIGNATURE)\w*$/u)
        assert.deepStrictEqual(bytes(), [0, 0, 0])
      }),
    { concurrent: true }
  )
})

const ownCluster = (options: ClusterOptions) =>
  Effect.acquireRelease(
    Effect.promise(() => startRedisCluster(options)),
    ({ stop }) => Effect.promise(stop)
  )

/** A cluster whose nodes tell clients the ports of TLS proxies before them. */
const clusterBehindTls = Effect.fnUntraced(function* (certificate: Certificate) {
  const scope = yield* Scope.Scope
  /** By the port behind them. A node whose port was taken was started again on another one, with another front. */
  const all = new Map<number, Effect.Success<ReturnType<typeof tlsFront>>>()
  const args = async (port: number): Promise<ReadonlyArray<string>> => {
    const front = await Effect.runPromise(
      Effect.provideService(tlsFront({ host: "127.0.0.1", port }, certificate), Scope.Scope, scope)
    )
    all.set(port, front)
    return [
      ...["--cluster-announce-port", String(front.port)],
      ...["--cluster-announce-bus-port", String(port + 10_000)]
    ]
  }
  const cluster = yield* ownCluster({ args })
  const fronts = cluster.nodes.map(({ node }) => all.get(node.port) ?? assert.fail("no front"))
  const [front] = fronts
  assert(front !== undefined)
  return {
    cluster: { ...cluster, address: { ...cluster.address, port: front.port } },
    bytes: () => fronts.map((each) => each.bytes())
  }
})

/** A cache on its own connections, with what is logged meanwhile. */
const open = Effect.fnUntraced(function* (
  address: RedisAddress,
  options: Partial<RedisOptions> = {}
) {
  const lines: Array<unknown> = []
  const logger = Logger.make<unknown, void>(({ message }) => {
    lines.push(Array.isArray(message) ? message[0] : message)
  })
  const context = yield* Layer.build(
    RedisOrderCache.layer({ keyPrefix: "" }).pipe(
      Layer.provideMerge(RedisClient.layer({ ...optionsFor(address), ...options })),
      Layer.provide(Logger.layer([logger])),
      Layer.fresh
    )
  )
  return {
    cache: Context.get(context, OrderCache),
    client: Context.get(context, RedisClient.RedisClient),
    lines
  }
})

/** An order whose key is in a slot that was just given to the next node. Slots with keys of others can't be. */
const orderInMovedSlot = async ({ nodes }: RedisCluster) => {
  const admins = nodes.map(({ address }) => new Redis(address))
  const adminAt = (index: number) => admins[index % nodes.length] ?? assert.fail("no node")
  try {
    for (;;) {
      const order = anOrder()
      const slot = await adminAt(0).cluster("KEYSLOT", `order:2:${order.id}`)
      const owner = Math.floor(slot / Math.ceil(16_384 / nodes.length))
      if ((await adminAt(owner).cluster("COUNTKEYSINSLOT", slot)) > 0) continue
      const id = String(await adminAt(owner + 1).call("CLUSTER", "MYID"))
      for (const admin of admins) await admin.call("CLUSTER", "SETSLOT", slot, "NODE", id)
      return order
    }
  } finally {
    for (const admin of admins) admin.disconnect()
  }
}
