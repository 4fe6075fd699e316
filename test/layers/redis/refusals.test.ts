// What each refusal of Redis does to the cache, the limits and readiness, on the servers that word it in different
// ways; and that none of them leaves the state in the cache that was there before a write.
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, Schedule } from "effect"
import { Redis } from "ioredis"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import * as RedisOrderCache from "../../../src/layers/redis/RedisOrderCache.ts"
import * as RedisRateLimiter from "../../../src/layers/redis/RedisRateLimiter.ts"
import { asksForReconnect, refusalCodes } from "../../../src/layers/redis/refusals.ts"
import type { Order } from "../../../src/services/orders/model/Order.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { RateLimiter, rateRules } from "../../../src/services/runtime/RateLimiter.ts"
import type { RedisVersion } from "../../../tools/harness/obtain/binaries.ts"
import { startRedis } from "../../../tools/harness/redis.ts"
import { until } from "../../../tools/harness/until.ts"
import { anOrder } from "../../contract/orderCache.ts"
import { aSubject } from "../../contract/rateLimiter.ts"
import { describeWithRedisVersions } from "../../suite.ts"
import { optionsFor } from "./support.ts"

type Code = (typeof refusalCodes)[number]

/** How a server that works comes to refuse, and to work again. */
interface Fault {
  readonly code: Code
  readonly args?: ReadonlyArray<string>
  /** Resolves once it refuses. Commands go over connections of their own. */
  readonly begin: (admin: Redis, other: Redis) => Promise<unknown>
  readonly end: (admin: Redis, other: Redis) => Promise<unknown>
  /** Whether the cache is read meanwhile. */
  readonly reads: boolean
}

/** A node that has its slots back serves them after this time, in milliseconds. */
const clusterNode = ["--cluster-enabled", "yes", "--cluster-node-timeout", "500"]
const everySlot = Array.from({ length: 16_384 }, (_, slot) => slot)

/** Nothing listens there, so it stays a replica without a primary. */
const becomesReplica = (admin: Redis) => admin.call("REPLICAOF", "127.0.0.1", "1")
const becomesPrimary = (admin: Redis) => admin.call("REPLICAOF", "NO", "ONE")

const faults = (version: RedisVersion): ReadonlyArray<Fault> => [
  { code: "READONLY", begin: becomesReplica, end: becomesPrimary, reads: false },
  {
    code: "MASTERDOWN",
    args: ["--replica-serve-stale-data", "no"],
    begin: becomesReplica,
    end: becomesPrimary,
    reads: false
  },
  {
    code: "LOADING",
    args: [
      ...["--key-load-delay", "1000", "--rdbcompression", "no"],
      ...(version === "Redis 6.2" ? [] : ["--enable-debug-command", "yes"])
    ],
    begin: async (admin, other) => {
      // It answers after each 2 MB that it has loaded: here every 25 ms, for more than a second.
      const fill = "for i = 1, 1200 do redis.call('SET', 'load:' .. i, string.rep('x', 80000)) end"
      await admin.eval(fill, 0)
      void other.call("DEBUG", "RELOAD").catch(() => undefined)
      await untilAnswer(admin, /^LOADING/u)
    },
    end: (admin) => untilAnswer(admin, /^[^L]/u),
    reads: false
  },
  {
    code: "BUSY",
    args: ["--lua-time-limit", "20"],
    begin: async (admin, other) => {
      void other.eval("while true do end", 0).catch(() => undefined)
      await untilAnswer(admin, /^BUSY/u)
    },
    end: (admin) => admin.script("KILL"),
    reads: false
  },
  {
    code: "CLUSTERDOWN",
    args: clusterNode,
    begin: (admin) => admin.cluster("DELSLOTS", ...everySlot),
    end: async (admin) => {
      await admin.cluster("ADDSLOTS", ...everySlot)
      await untilAnswer(admin, /^(?!CLUSTERDOWN)/u)
    },
    reads: false
  },
  {
    code: "NOREPLICAS",
    begin: (admin) => admin.config("SET", "min-replicas-to-write", 1),
    end: (admin) => admin.config("SET", "min-replicas-to-write", 0),
    reads: false
  },
  {
    code: "MISCONF",
    begin: async (admin) => {
      await admin.config("SET", "save", "3600 1")
      // Its directory, without which it can save nothing.
      const [, dir] = (await admin.config("GET", "dir")) as [string, string]
      rmSync(dir, { recursive: true })
      await admin.bgsave()
      await untilAnswer(admin, /^MISCONF/u)
    },
    end: (admin) => admin.config("SET", "stop-writes-on-bgsave-error", "no"),
    reads: false
  },
  {
    code: "NOPERM",
    begin: (admin) => admin.call("ACL", "SETUSER", "default", "-@write"),
    end: (admin) => admin.call("ACL", "SETUSER", "default", "+@write"),
    reads: false
  },
  {
    code: "OOM",
    begin: (admin) => admin.config("SET", "maxmemory", 1),
    end: (admin) => admin.config("SET", "maxmemory", 0),
    reads: true
  }
]

/** Of a write, which leaves nothing behind. */
const untilAnswer = (admin: Redis, wanted: RegExp): Promise<string> =>
  until(
    `an answer like ${wanted}`,
    () => admin.set("marker", "1", "PX", 1).then(String, (error) => error.message),
    (answer) => wanted.test(answer)
  )

const refusals = (version: RedisVersion): void => {
  for (const { code, args = [], begin, end, reads } of faults(version))
    it.live(`${code}: what it does, and what it leaves behind`, () =>
      Effect.gen(function* () {
        const server = yield* ownRedis(version, args)
        const [admin, other] = [yield* connected(server), yield* connected(server)]
        if (code === "CLUSTERDOWN") yield* Effect.promise(() => end(admin, other))
        const { cache, limiter, client, reader } = yield* open(server)
        const [cancelled, another, untouched] = [anOrder(), anOrder(), anOrder()]
        yield* cache.put([cancelled, another, untouched])
        yield* takeAll(limiter, 3)
        const before = yield* connectionsOf(admin)

        yield* Effect.promise(() => begin(admin, other))
        // Every request takes from a limit first, and counts alone.
        assert.strictEqual(yield* takeAll(limiter, 1), rateRules.loginAccount.limit - 1)
        yield* Effect.flip(cache.put([cancelledNow(cancelled), cancelledNow(another)]))
        assert.notDeepEqual(yield* read(cache, cancelled), Option.some(cancelled.version))
        assert.deepStrictEqual(
          yield* read(cache, untouched),
          reads ? Option.some(untouched.version) : Option.none()
        )
        if (reads) assert.deepStrictEqual(yield* read(reader, another), Option.none())
        assert.match(
          Option.getOrThrow(yield* client.problem),
          new RegExp(`^Redis refuses: ${code}, `, "u")
        )
        yield* Effect.promise(() => end(admin, other))
        yield* untilUsed(client, cache)
        const asked = asksForReconnect(`${code} words`)
        assert.strictEqual((yield* connectionsOf(admin)) > before, asked)
        // What was there before the cancel is not read, by this process and, once it has written something, by others.
        assert.deepStrictEqual(yield* read(cache, cancelled), Option.none())
        yield* cache.put([anOrder()])
        assert.deepStrictEqual(yield* read(reader, another), Option.none())
        yield* cache.put([cancelledNow(cancelled)])
        assert.deepStrictEqual(yield* read(cache, cancelled), Option.some(2))
      })
    )

  it.live("MOVED: reports that the server is a cluster", () =>
    Effect.gen(function* () {
      const server = yield* ownRedis(version, clusterNode)
      const admin = yield* connected(server)
      const another = yield* ownRedis(version, clusterNode)
      const stranger = yield* connected(another)
      yield* Effect.promise(async () => {
        await admin.cluster("ADDSLOTS", ...everySlot.slice(8192))
        await stranger.cluster("ADDSLOTS", ...everySlot.slice(0, 8192))
        await admin.call("CLUSTER", "MEET", "127.0.0.1", String(another.address.port))
        // It serves once it knows who has the slots that it has not.
        await untilAnswer(admin, /^(?!CLUSTERDOWN)/u)
      })
      const { client, limiter } = yield* open(server)
      assert.strictEqual(
        Option.getOrThrow(yield* client.problem),
        "Redis refuses: MOVED, a key is on another node: REDIS_CLUSTER=true is missing, or the node is away"
      )
      yield* takeAll(limiter, 3)
    })
  )

  it.live("NOSCRIPT: the script is sent again, and nothing else happens", () =>
    Effect.gen(function* () {
      const server = yield* ownRedis(version, [])
      const admin = yield* connected(server)
      const { cache, limiter, client } = yield* open(server)
      const order = anOrder()
      yield* cache.put([order])
      yield* takeAll(limiter, 3)
      yield* Effect.promise(() => admin.script("FLUSH"))
      yield* cache.put([cancelledNow(order)])
      assert.deepStrictEqual(yield* read(cache, order), Option.some(2))
      assert.deepStrictEqual(yield* client.problem, Option.none())
    })
  )

  for (const [code, password] of [
    ["NOAUTH", undefined],
    ["WRONGPASS", "another"]
  ] as const)
    it.live(`${code}: everything works without Redis`, () =>
      Effect.gen(function* () {
        const { address } = yield* ownRedis(version, ["--requirepass", "secret"])
        const { cache, limiter, client } = yield* open({
          address: password === undefined ? address : { ...address, password }
        })
        yield* takeAll(limiter, 3)
        assert.deepStrictEqual(yield* read(cache, anOrder()), Option.none())
        assert.match(
          Option.getOrThrow(yield* client.problem),
          new RegExp(`^Redis refuses: ${code}, `, "u")
        )
      })
    )
}

await describeWithRedisVersions("a refusal", refusals, { concurrent: true })

describe("the table of refusals in docs/reliability.md", () => {
  it("has a row for each, and says which ask for another connection", () => {
    const text = readFileSync(join(import.meta.dirname, "../../../docs/reliability.md"), "utf8")
    const rows = [...text.matchAll(/^\| `(?<code>[A-Z]+)` \|.*\| (?<reconnect>\w+) \|$/gmu)]
    assert.deepStrictEqual(
      rows.map(({ groups }) => [groups?.["code"], groups?.["reconnect"] === "yes"]),
      refusalCodes.map((code) => [code, asksForReconnect(`${code} words`)])
    )
  })
})

const ownRedis = (version: RedisVersion, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.promise(() => startRedis({ version, args })),
    ({ stop }) => Effect.promise(stop)
  )

type Server = Pick<Effect.Success<ReturnType<typeof ownRedis>>, "address">

const connected = ({ address }: Server) =>
  Effect.acquireRelease(
    Effect.sync(() => new Redis({ ...address, enableReadyCheck: false })),
    (redis) => Effect.sync(() => redis.disconnect())
  )

/** The adapters of one process, and the cache as another process has it. */
const open = Effect.fnUntraced(function* ({ address }: Server) {
  const client = RedisClient.layer(optionsFor(address))
  const layers = Layer.mergeAll(
    RedisOrderCache.layer({ keyPrefix: "" }),
    RedisRateLimiter.layer({ keyPrefix: "", factor: 1 })
  ).pipe(Layer.provideMerge(client))
  const own = yield* Layer.build(Layer.fresh(layers))
  const others = yield* Layer.build(Layer.fresh(layers))
  return {
    cache: Context.get(own, OrderCache),
    limiter: Context.get(own, RateLimiter),
    client: Context.get(own, RedisClient.RedisClient),
    reader: Context.get(others, OrderCache)
  }
})

const cancelledNow = (order: Order): Order => ({ ...order, status: "cancelled", version: 2 })

/** What remains of a fresh limit after so many uses. */
const takeAll = (limiter: RateLimiter["Service"], times: number) => {
  const subject = aSubject()
  return limiter.take("loginAccount", subject).pipe(
    Effect.map(({ remaining }) => remaining),
    Effect.repeat({ times: times - 1 })
  )
}

/** The version that a reader gets from the cache. None: it has to look into the database. */
const read = (cache: OrderCache["Service"], { id }: Order) =>
  cache.get(id).pipe(
    Effect.map(Option.map(({ version }) => version)),
    Effect.orElseSucceed(() => Option.none<number>())
  )

const connectionsOf = (admin: Redis) =>
  Effect.promise(async () =>
    Number(/total_connections_received:(\d+)/u.exec(await admin.info("stats"))?.[1])
  )

/** Its connection, and its circuit breaker, have noticed that Redis works. */
const untilUsed = (client: RedisClient.RedisClient["Service"], cache: OrderCache["Service"]) =>
  client.problem.pipe(
    Effect.repeat({ until: Option.isNone, schedule: Schedule.spaced("20 millis") }),
    Effect.andThen(Effect.retry(cache.get(anOrder().id), Schedule.spaced("20 millis"))),
    Effect.timeout("15 seconds")
  )
