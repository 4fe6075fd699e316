// The figures of the driver's pool are what the pool does.
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Metric, Redacted, Schedule } from "effect"
import { mongo as driver } from "mongoose"
import { layer, MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { countPools } from "../../../src/layers/mongo/poolCounts.ts"
import { withDatabase } from "../../../tools/harness/mongo.ts"
import { metricValue } from "../../metricValue.ts"
import { describeWith } from "../../suite.ts"
import { failPoint } from "./failPoint.ts"

describeWith(["mongo"], "the pool of connections to MongoDB", ({ mongo }) => {
  it.live("is counted: open and used connections, and waiting calls", () =>
    Effect.gen(function* () {
      const appName = `pool-${crypto.randomUUID()}`
      const uri = `${withDatabase(mongo.uri)}&appName=${appName}`
      const client = new driver.MongoClient(uri, { maxPoolSize: 2 })
      const counts = countPools(client)
      yield* Effect.acquireRelease(
        Effect.promise(() => client.connect()),
        () => Effect.promise(() => client.close())
      )
      const fault = { failCommands: ["find"], blockConnection: true, blockTimeMS: 500 }
      yield* failPoint(mongo.uri, appName, 5, fault)
      const finds = Promise.all(
        Array.from({ length: 5 }, () => client.db().collection("things").findOne({}))
      )
      const held = Effect.suspend(() =>
        counts.inUse === 2 && counts.waiting === 3 ? Effect.void : Effect.fail("not yet")
      )
      yield* held.pipe(Effect.retry(Schedule.spaced("5 millis")), Effect.timeout("10 seconds"))
      assert.strictEqual(counts.open, 2)
      yield* Effect.promise(() => finds)
      assert.deepStrictEqual(counts, { open: 2, inUse: 0, waiting: 0 })
      yield* Effect.promise(() => client.close())
      assert.strictEqual(counts.open, 0)
    })
  )

  it.live("is counted for the shared connection of the stores, from its start", () =>
    Effect.gen(function* () {
      const { run, mongoose } = yield* MongoConnection
      yield* run(() => mongoose.collection("things").findOne({}))
      assert.strictEqual(yield* metricValue("mongo_pool_connections", { state: "in_use" }), 0)
      assert.isAtLeast((yield* metricValue("mongo_pool_connections", { state: "idle" })) ?? 0, 1)
      assert.strictEqual(yield* metricValue("mongo_pool_waiting"), 0)
    }).pipe(
      Effect.provide(layer({ uri: Redacted.make(withDatabase(mongo.uri)) })),
      Effect.provide(Layer.succeed(Metric.MetricRegistry, new Map()))
    )
  )
})
