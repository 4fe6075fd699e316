// Numbers and buckets on MongoDB: what a sharded collection would be asked, orders of the previous version, and the way
// from its indexes to these.
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { mongo } from "mongoose"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { finishMigration, type Migration, migrate } from "../../../src/layers/mongo/migrate.ts"
import { mongoProblem } from "../../../src/layers/mongo/mongoProblem.ts"
import { orderModel } from "../../../src/layers/mongo/OrderModel.ts"
import { OrderId, type OrderNumber, type UserId } from "../../../src/services/ids.ts"
import type { Order } from "../../../src/services/orders/model/Order.ts"
import { bucketOf, numberOf } from "../../../src/services/orders/model/orderNumber.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import {
  assertBooks,
  confirm,
  current,
  draft,
  nextId,
  nextOldId,
  placed,
  placeOne,
  stocked,
  time,
  uniqueKey,
  uniqueUserId
} from "../../contract/stores.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"
import { mongoStores, storesOn } from "./mongoStores.ts"
import { statements } from "./plans/explain.ts"
import { monitored, recordCommands } from "./plans/recordCommands.ts"

/** The indexes of the previous version. */
const oldIndexes = [
  [{ userId: 1, _id: -1 }, {}],
  [{ userId: 1, status: 1, _id: -1 }, {}],
  [
    { userId: 1, idempotencyKey: 1 },
    { unique: true, partialFilterExpression: { idempotencyKey: { $exists: true } } }
  ]
] as const
const oldNames = ["userId_1__id_-1", "userId_1_status_1__id_-1", "userId_1_idempotencyKey_1"]

const collection = Effect.map(MongoConnection, ({ mongoose }) => orderModel(mongoose).collection)

const makeOldIndexes = Effect.flatMap(collection, (orders) =>
  Effect.promise(async () => {
    for (const [keys, options] of oldIndexes) await orders.createIndex(keys, options)
  })
)

const indexNames = Effect.flatMap(collection, (orders) =>
  Effect.promise(async () => (await orders.indexes()).map(({ name = "" }) => name))
)

/** Stores an order as the previous version does. */
const placedBefore = Effect.fnUntraced(function* (one: Parameters<typeof placed>[0]) {
  const order = yield* placed({ ...one, id: nextOldId() })
  const orders = yield* collection
  yield* Effect.promise(() =>
    orders.updateOne({ _id: order.id }, { $unset: { bucket: true, number: true } })
  )
  return order
})

const ofOrders = (migrations: ReadonlyArray<Migration>): Migration => {
  const found = migrations.find((migration) => migration.collection === "orders")
  assert(found !== undefined)
  return found
}

/** The id of an order that has this number. */
const idWith = (number: OrderNumber, userId: UserId): OrderId => {
  const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
  const digits = number.split("-").map((half) =>
    Array.from(half)
      .reduce((value, character) => value * 32 + alphabet.indexOf(character), 0)
      .toString(16)
      .padStart(5, "0")
  )
  return OrderId.make(nextId(userId).slice(0, 22) + digits.join(""))
}

const query = (order: Pick<Order, "userId">) => ({
  userId: order.userId,
  status: Option.none(),
  before: Option.none(),
  limit: 10
})

describeWith(["mongo"], "order numbers on MongoDB", ({ mongo: server }) => {
  describe("a read", () => {
    /** Of each query that a call sends, what the server makes of its conditions: one list for each alternative. */
    const conditionsOf = Effect.fnUntraced(function* (call: Effect.Effect<unknown, unknown>) {
      const connection = yield* MongoConnection
      const { sent, record } = recordCommands(connection)
      yield* record("a call", call)
      const db = connection.mongoose.getClient().db(connection.mongoose.name)
      const queries = sent.filter(({ command }) => command["find"] === "orders").flatMap(statements)
      return yield* Effect.forEach(queries, (statement) =>
        Effect.promise(async () => {
          const { queryPlanner } = await db.command({
            explain: statement,
            verbosity: "queryPlanner"
          })
          const parsed: mongo.Document = queryPlanner.parsedQuery
          const alternatives: ReadonlyArray<mongo.Document> = parsed["$or"] ?? [parsed]
          return alternatives.map((one): ReadonlyArray<mongo.Document> => one["$and"] ?? [one])
        })
      )
    })

    layer(storesOn(migratedDatabase(monitored(server.uri))), { excludeTestServices: true })(
      (it) => {
        it.effect("by id, number or idempotency key names one bucket, so it uses one shard", () =>
          Effect.gen(function* () {
            const store = yield* OrderStore
            const sku = yield* stocked(9)
            const one = draft([{ sku, quantity: 1 }], { idempotencyKey: uniqueKey() })
            const { id, userId, number } = yield* placed(one)
            const mine = { bucket: { $eq: bucketOf(userId) } }
            const reads: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown>]> = [
              ["id", store.find(id)],
              ["number", store.findByNumber(number)],
              ["key", store.place([{ ...one, id: nextId(userId) }])],
              ["cancel", store.change(id, "cancel", time(1))]
            ]
            for (const [name, read] of reads) {
              const queries = yield* conditionsOf(read)
              assert.lengthOf(queries, 1, name)
              for (const conditions of queries.flat()) assert.deepInclude(conditions, mine, name)
            }
          })
        )

        it.effect("of several orders names the bucket of each", () =>
          Effect.gen(function* () {
            const store = yield* OrderStore
            const sku = yield* stocked(9)
            const some = [1, 2].map(() =>
              draft([{ sku, quantity: 1 }], { idempotencyKey: uniqueKey() })
            )
            const [queries = []] = yield* conditionsOf(store.place(some))
            for (const { userId } of some)
              assert.isTrue(
                queries.some((conditions) =>
                  conditions.some(({ bucket }) => bucket?.$eq === bucketOf(userId))
                )
              )
            assert.lengthOf(queries, 2)
          })
        )

        it.effect("by an id of the older format names no bucket, alone or among others", () =>
          Effect.gen(function* () {
            const store = yield* OrderStore
            const sku = yield* stocked(9)
            const old = yield* placed(draft([{ sku, quantity: 1 }], { id: nextOldId() }))
            const fresh = yield* placed(draft([{ sku, quantity: 1 }]))
            const both = Effect.all([store.find(old.id), store.find(fresh.id)], {
              concurrency: "unbounded"
            })
            for (const queries of [
              yield* conditionsOf(store.find(old.id)),
              yield* conditionsOf(both)
            ])
              for (const conditions of queries.flat())
                assert.isFalse(conditions.some((condition) => "bucket" in condition))
          })
        )
      }
    )
  })

  layer(mongoStores(server.uri), { excludeTestServices: true })(
    "an order of the previous version",
    (it) => {
      it.effect("is read, listed and changed, and has the number that it will keep", () =>
        Effect.gen(function* () {
          yield* makeOldIndexes
          const store = yield* OrderStore
          const sku = yield* stocked(9)
          const userId = uniqueUserId()
          const old = yield* placedBefore(draft([{ sku, quantity: 1 }], { userId }))
          const fresh = yield* placed(draft([{ sku, quantity: 1 }], { userId }))
          assert.strictEqual(old.number, numberOf(old.id, userId))
          assert.deepStrictEqual(yield* current(old.id), old)
          const listed = yield* store.list(query(old))
          assert.deepStrictEqual(listed, [fresh, old])
          const pending = { ...query(old), status: Option.some("pending" as const) }
          assert.deepStrictEqual(yield* store.list(pending), [fresh, old])
          assert.deepStrictEqual(yield* store.list({ ...pending, before: Option.some(fresh.id) }), [
            old
          ])
          yield* confirm([old.id, fresh.id], 1)
          yield* store.change(old.id, "cancel", time(2))
          assert.strictEqual((yield* current(old.id)).status, "cancelled")
          yield* migrate
          const found = yield* store.findByNumber(old.number)
          assert.deepStrictEqual(found, Option.some(yield* current(old.id)))
        })
      )

      it.effect("is replayed under its key, also after its stock is gone", () =>
        Effect.gen(function* () {
          yield* makeOldIndexes
          const sku = yield* stocked(3)
          const one = draft([{ sku, quantity: 2 }], { idempotencyKey: uniqueKey() })
          const order = yield* placedBefore(one)
          const again = () => placeOne({ ...one, id: nextId(one.userId) })
          assert.deepStrictEqual(yield* again(), { _tag: "Replayed", order })
          yield* placed(draft([{ sku, quantity: 1 }]))
          assert.deepStrictEqual(yield* again(), { _tag: "Replayed", order })
          const another = { ...one, id: nextId(one.userId), lines: [{ sku, quantity: 1 }] }
          assert.strictEqual((yield* placeOne(another))._tag, "IdempotencyMismatch")
          // A batch with it is placed all the same.
          const other = yield* stocked(1)
          const outcomes = yield* OrderStore.use((store) =>
            store.place([draft([{ sku: other, quantity: 1 }]), { ...one, id: nextId(one.userId) }])
          )
          assert.deepStrictEqual(
            outcomes.map(({ _tag }) => _tag),
            ["Placed", "Replayed"]
          )
          yield* migrate
          assert.deepStrictEqual(yield* again(), { _tag: "Replayed", order })
          yield* assertBooks(sku, { available: 0, reserved: 3 })
        })
      )

      it.effect(
        "is not stored again by the previous version when this version has stored its key",
        () =>
          Effect.gen(function* () {
            yield* makeOldIndexes
            const orders = yield* collection
            const sku = yield* stocked(3)
            const one = draft([{ sku, quantity: 1 }], { idempotencyKey: uniqueKey() })
            const { id } = yield* placed(one)
            const document = yield* Effect.promise(() => orders.findOne({ _id: id }))
            assert(document !== null)
            const { bucket, number, ...before } = document
            assert.strictEqual(bucket, bucketOf(one.userId))
            assert.strictEqual(number, numberOf(id, one.userId))
            const stored = yield* Effect.promise(() =>
              orders.insertOne({ ...before, _id: nextOldId() }).then(
                () => "stored",
                ({ code }) => code
              )
            )
            assert.strictEqual(stored, 11000)
          })
      )

      it.effect("gets another number when its own is taken, which readers see as a change", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const sku = yield* stocked(9)
          const userId = uniqueUserId()
          const old = yield* placedBefore(draft([{ sku, quantity: 1 }], { userId }))
          const id = idWith(old.number, userId)
          const first = yield* placed(draft([{ sku, quantity: 1 }], { userId, id }))
          assert.strictEqual(first.number, old.number)
          const unaffected = yield* placedBefore(draft([{ sku, quantity: 1 }], { userId }))
          yield* migrate
          const moved = yield* current(old.id)
          assert.deepStrictEqual(moved, {
            ...old,
            number: numberOf(old.id, userId, 1),
            version: old.version + 1
          })
          assert.deepStrictEqual(yield* current(unaffected.id), unaffected)
          assert.deepStrictEqual(yield* store.findByNumber(old.number), Option.some(first))
          assert.deepStrictEqual(yield* store.findByNumber(moved.number), Option.some(moved))
        })
      )

      it.effect("gets its number once, in batches of writes, also by concurrent migrations", () =>
        Effect.gen(function* () {
          yield* migrate
          const orders = yield* collection
          const order = yield* placedBefore(draft([{ sku: yield* stocked(1), quantity: 1 }]))
          const document = yield* Effect.promise(() => orders.findOne({ _id: order.id }))
          assert(document !== null)
          const more = Array.from({ length: 2500 }, () => ({ ...document, _id: nextOldId() }))
          yield* Effect.promise(() => orders.insertMany(more))
          const filled = yield* Effect.all([migrate, migrate], { concurrency: "unbounded" })
          const counts = filled.map((migrations) => ofOrders(migrations).filled)
          assert.strictEqual(
            counts.reduce((sum, count) => sum + count),
            2501
          )
          assert.strictEqual(ofOrders(yield* migrate).filled, 0)
          const numbers = yield* Effect.promise(() =>
            orders.distinct("number", { userId: order.userId })
          )
          assert.lengthOf(numbers, 2501)
        })
      )
    }
  )

  it.live("the indexes of the previous version stay until its last process has ended", () =>
    Effect.gen(function* () {
      yield* makeOldIndexes
      assert.deepStrictEqual(ofOrders(yield* migrate).dropped, [])
      assert.includeMembers(Array.from(yield* indexNames), oldNames)
      const one = draft([{ sku: yield* stocked(2), quantity: 1 }], { idempotencyKey: uniqueKey() })
      const order = yield* placedBefore(one)
      const finished = ofOrders(yield* finishMigration)
      assert.deepStrictEqual([finished.filled, finished.dropped], [1, oldNames])
      const left = yield* indexNames
      assert.deepStrictEqual(
        oldNames.filter((name) => left.includes(name)),
        []
      )
      assert.deepStrictEqual(yield* mongoProblem, Option.none())
      assert.deepStrictEqual(ofOrders(yield* finishMigration).dropped, [])
      assert.deepStrictEqual(yield* placeOne({ ...one, id: nextId(one.userId) }), {
        _tag: "Replayed",
        order
      })
    }).pipe(Effect.provide(storesOn(migratedDatabase(server.uri))))
  )
})
