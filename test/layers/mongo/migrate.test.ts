// What a database gets, what readiness says before, and that a second migration changes nothing.
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { layer, MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { layer as productStore } from "../../../src/layers/mongo/MongoProductStore.ts"
import { finishMigration, IndexRefused, migrate } from "../../../src/layers/mongo/migrate.ts"
import { models } from "../../../src/layers/mongo/models.ts"
import { mongoProblem } from "../../../src/layers/mongo/mongoProblem.ts"
import { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { withDatabase } from "../../../tools/harness/mongo.ts"
import { describeWith } from "../../suite.ts"

describeWith(["mongo"], "migrating a MongoDB database", ({ mongo }) => {
  const onFreshDatabase = <A, E>(effect: Effect.Effect<A, E, MongoConnection>) =>
    Effect.suspend(() =>
      Effect.provide(effect, layer({ uri: Redacted.make(withDatabase(mongo.uri)) }))
    )

  const indexesOf = Effect.fnUntraced(function* (collection: string) {
    const connection = yield* MongoConnection
    return yield* connection.run(() =>
      connection.mongoose.getClient().db(connection.mongoose.name).collection(collection).indexes()
    )
  })

  it.live("creates every collection with its indexes, and nothing the second time", () =>
    Effect.gen(function* () {
      const first = yield* migrate
      assert.strictEqual(first.length, models.length)
      assert.isTrue(first.every(({ created }) => created))
      const account = first.find(({ collection }) => collection === "accounts")
      assert.deepStrictEqual(account, {
        collection: "accounts",
        created: true,
        capped: false,
        filled: 0,
        indexes: ["email_1", "role_1__id_1"],
        dropped: []
      })
      assert.deepStrictEqual(
        yield* migrate,
        first.map(({ collection }) => ({
          ...{ collection, created: false, capped: false, filled: 0, indexes: [], dropped: [] }
        }))
      )
    }).pipe(onFreshDatabase)
  )

  it.live("makes emails unique, indexes sessions by user, and removes expired documents", () =>
    Effect.gen(function* () {
      yield* migrate
      const accounts = yield* indexesOf("accounts")
      assert.isTrue(accounts.find(({ name }) => name === "email_1")?.["unique"])
      const verifications = yield* indexesOf("verifications")
      const expiry = verifications.find(({ key }) => "expiresAt" in key)
      assert.strictEqual(expiry?.["expireAfterSeconds"], 3600)
      const sessions = yield* indexesOf("sessions")
      const age = sessions.find(({ key }) => "absoluteExpiresAt" in key)
      assert.strictEqual(age?.["expireAfterSeconds"], 0)
      assert.deepStrictEqual(sessions.find(({ key }) => "userId" in key)?.["key"], {
        userId: 1,
        endedAt: 1,
        createdAt: -1
      })
    }).pipe(onFreshDatabase)
  )

  it.live("bounds a collection that has documents, and keeps them", () =>
    Effect.gen(function* () {
      const connection = yield* MongoConnection
      const events = connection.mongoose.collection("audit_events")
      yield* connection.run(() => events.insertOne({ kind: "logged_out" }))
      assert.include(Option.getOrThrow(yield* mongoProblem), "audit_events")
      const migrations = yield* migrate
      assert.deepStrictEqual(migrations.at(-1), {
        collection: "audit_events",
        created: false,
        capped: true,
        filled: 0,
        indexes: [
          "users_1__id_-1",
          "kind_1__id_-1",
          "users_1_kind_1__id_-1",
          "subject.orderId_1__id_-1"
        ],
        dropped: []
      })
      assert.deepStrictEqual(yield* mongoProblem, Option.none())
      assert.isTrue(yield* connection.run(() => events.isCapped()))
      assert.strictEqual(yield* connection.run(() => events.countDocuments()), 1)
      assert.isFalse((yield* migrate).some(({ capped }) => capped))
    }).pipe(onFreshDatabase)
  )

  it.live("makes products searchable that were stored or renamed before the search existed", () =>
    Effect.gen(function* () {
      const { mongoose, run } = yield* MongoConnection
      const products = mongoose.collection("products")
      const filled = Effect.map(migrate, (all) =>
        all.flatMap(({ collection, filled: count }) => (collection === "products" ? count : []))
      )
      const find = (q: string) =>
        ProductStore.use((store) =>
          store.list({
            after: Option.some("a"),
            limit: 5000,
            q: Option.some(q),
            category: Option.none(),
            active: Option.some(true)
          })
        )
      const stored = Array.from({ length: 2500 }, (_, i) => ({
        ...{ _id: `sku-${i}` as never, name: `Café ${i}`, unitPrice: 1, currency: "EUR" },
        ...{ available: 1, createdAt: new Date(), updatedAt: new Date() }
      }))
      yield* run(() => products.insertMany(stored))
      assert.deepStrictEqual(yield* filled, [2500])
      assert.lengthOf(yield* find("cafe"), 2500)
      assert.deepStrictEqual(yield* filled, [0])
      // As a process of the previous version does it.
      yield* run(() => products.updateOne({ _id: "sku-7" as never }, { $set: { name: "Tea" } }))
      assert.deepStrictEqual(yield* filled, [1])
      assert.lengthOf(yield* find("cafe"), 2499)
      assert.lengthOf(yield* find("tea"), 1)
    }).pipe(Effect.provide(productStore), onFreshDatabase)
  )

  it.live("is safe in several processes concurrently", () =>
    Effect.gen(function* () {
      yield* Effect.all([migrate, migrate, migrate], { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* mongoProblem, Option.none())
    }).pipe(onFreshDatabase)
  )

  it.live("is requested by readiness, by collection, while an index is missing", () =>
    Effect.gen(function* () {
      const before = Option.getOrThrow(yield* mongoProblem)
      assert.include(before, "accounts, verifications, sessions")
      assert.include(before, "migrate")
      yield* migrate
      assert.deepStrictEqual(yield* mongoProblem, Option.none())
      const connection = yield* MongoConnection
      yield* connection.run(() => connection.mongoose.collection("accounts").dropIndex("email_1"))
      assert.match(Option.getOrThrow(yield* mongoProblem), /^indexes are missing: accounts;/)
      const again = yield* migrate
      assert.deepStrictEqual(
        again.flatMap(({ indexes }) => indexes),
        ["email_1"]
      )
      assert.deepStrictEqual(yield* mongoProblem, Option.none())
    }).pipe(onFreshDatabase)
  )

  it.live("keeps the indexes that an operator has added", () =>
    Effect.gen(function* () {
      yield* migrate
      const connection = yield* MongoConnection
      yield* connection.run(() =>
        connection.mongoose.collection("accounts").createIndex({ role: 1 })
      )
      yield* migrate
      const names = (yield* indexesOf("accounts")).map(({ name }) => name)
      assert.include(names, "role_1")
      assert.deepStrictEqual(yield* mongoProblem, Option.none())
    }).pipe(onFreshDatabase)
  )

  it.live("drops the previous version's indexes only at its end, and no operator's index", () =>
    Effect.gen(function* () {
      const connection = yield* MongoConnection
      const movements = connection.mongoose.collection("stock_movements")
      yield* connection.run(() => movements.createIndex({ sku: 1, at: -1 }))
      yield* connection.run(() => movements.createIndex({ at: 1 }))
      const droppedBy = (migration: typeof migrate) =>
        Effect.map(migration, (all) => all.flatMap(({ dropped }) => dropped))
      const names = Effect.map(indexesOf("stock_movements"), (indexes) =>
        indexes.map(({ name }) => name)
      )
      assert.deepStrictEqual(yield* droppedBy(migrate), [])
      assert.include(yield* names, "sku_1_at_-1")
      assert.deepStrictEqual(yield* droppedBy(finishMigration), ["sku_1_at_-1"])
      const left = yield* names
      assert.notInclude(left, "sku_1_at_-1")
      assert.includeMembers(left, ["at_1", "sku_1__id_-1"])
      assert.deepStrictEqual(yield* mongoProblem, Option.none())
    }).pipe(onFreshDatabase)
  )

  it.live("says which index the data or another index forbids", () =>
    Effect.gen(function* () {
      const connection = yield* MongoConnection
      const accounts = connection.mongoose.collection("accounts")
      yield* connection.run(() => accounts.insertMany([{ email: "a" }, { email: "a" }]))
      const duplicates = yield* Effect.flip(migrate)
      assert.instanceOf(duplicates, IndexRefused)
      assert.include(duplicates.message, 'accounts: no index on {"email":1}')
      yield* connection.run(() => accounts.deleteMany({}))
      yield* connection.run(() => accounts.createIndex({ email: 1 }))
      const sameName = yield* Effect.flip(migrate)
      assert.instanceOf(sameName, IndexRefused)
      yield* connection.run(() => accounts.dropIndex("email_1"))
      const sessions = connection.mongoose.collection("sessions")
      yield* connection.run(() =>
        sessions.createIndex({ absoluteExpiresAt: 1 }, { expireAfterSeconds: 5 })
      )
      const otherOptions = yield* Effect.flip(migrate)
      assert.instanceOf(otherOptions, IndexRefused)
      assert.include(otherOptions.message, "sessions: ")
    }).pipe(onFreshDatabase)
  )

  it.live("reports the connection's problem while the database is unavailable", () =>
    Effect.gen(function* () {
      const nowhere = Layer.mock(MongoConnection, {
        mongoose: yield* Effect.map(MongoConnection, ({ mongoose }) => mongoose),
        problem: Effect.succeed(Option.some("MongoDB's primary does not answer"))
      })
      assert.deepStrictEqual(
        yield* Effect.provide(mongoProblem, nowhere),
        Option.some("MongoDB's primary does not answer")
      )
    }).pipe(onFreshDatabase)
  )
})
