// Every query of the stores is served by an index, and costs the same however much is stored.
// It is recorded on one database, and explained on two of different size that it has not changed.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { mongo } from "mongoose"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { layer as orderStore } from "../../../src/layers/mongo/MongoOrderStore.ts"
import { layer as productStore } from "../../../src/layers/mongo/MongoProductStore.ts"
import { ClaimId } from "../../../src/services/orders/model/Order.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"
import { findingsThatAreRight } from "./plans/accepted.ts"
import { explain, labelOf, statements } from "./plans/explain.ts"
import { type Finding, findingsOf } from "./plans/findings.ts"
import { callAll, stores } from "./plans/operations.ts"
import { monitored, recordCommands, type Sent } from "./plans/recordCommands.ts"
import { after, now, orderIdOf, skuOf, store, storeOrders, storeProducts } from "./plans/stored.ts"

/** What looks for documents, as against what inserts, reads on, or ends a transaction. */
const queries = ["find", "aggregate", "update", "delete", "findAndModify", "count", "distinct"]
const others = ["insert", "getMore", "commitTransaction", "abortTransaction"]

const recorded = Effect.gen(function* () {
  const connection = yield* MongoConnection
  yield* store(connection.mongoose, 500)
  const { sent, record } = recordCommands(connection)
  yield* callAll(record)
  return sent
}).pipe(Effect.provide(stores))

/** What one call looks for documents by. */
const statementsOf = Effect.fnUntraced(function* (call: Effect.Effect<unknown, unknown>) {
  const { sent, record } = recordCommands(yield* MongoConnection)
  yield* record("a call", call)
  return sent.flatMap(statements)
})

const costOf = Effect.fnUntraced(function* (statement: mongo.Document) {
  const { mongoose } = yield* MongoConnection
  const db = mongoose.getClient().db(mongoose.name)
  return yield* Effect.promise(() => explain(db, statement))
})

/** What each statement costs where that much is stored, by operation and command. */
const costsAt = Effect.fnUntraced(function* (sent: ReadonlyArray<Sent>, size: number) {
  const { mongoose } = yield* MongoConnection
  yield* store(mongoose, size)
  const db = mongoose.getClient().db(mongoose.name)
  const named = sent.flatMap((one) =>
    statements(one).map((statement) => ({
      statement,
      label: `${one.operation}: ${labelOf(one.name, statement)}`
    }))
  )
  return yield* Effect.forEach(named, ({ statement, label }) =>
    Effect.map(
      Effect.promise(() => explain(db, statement)),
      (cost) => ({ label, cost })
    )
  )
})

const forSale = { category: Option.none(), active: Option.some(true) }

describeWith(["mongo"], "what the stores send to MongoDB", ({ mongo }) => {
  it.live("uses an index, at a cost that does not grow with the stored data", () =>
    Effect.gen(function* () {
      const sent = yield* recorded.pipe(Effect.provide(migratedDatabase(monitored(mongo.uri))))
      const names = Array.from(new Set(sent.map(({ name }) => name)))
      assert.isEmpty(names.filter((name) => ![...queries, ...others].includes(name)))
      const asked = sent.filter(({ name }) => queries.includes(name))
      const [small, large] = yield* Effect.forEach([500, 2000], (size) =>
        costsAt(asked, size).pipe(Effect.provide(migratedDatabase(mongo.uri)))
      )
      assert(small !== undefined && large !== undefined)
      const found: Record<string, ReadonlyArray<Finding>> = {}
      small.forEach(({ label, cost }, i) => {
        const other = large[i]
        assert(other?.label === label)
        // Statements may share a label: what is found of any of them counts.
        const findings = new Set([...(found[label] ?? []), ...findingsOf(cost, other.cost)])
        if (findings.size > 0) found[label] = Array.from(findings).toSorted()
      })
      assert.deepStrictEqual(found, findingsThatAreRight)
    })
  )

  for (const [mine, other, later, find] of [
    ["overdue", "due", "waiting", "takeOverdue"],
    ["due", "overdue", "claimed", "findDueMails"],
    ["noticed", "told", "noticing", "findDueMails"]
  ] as const)
    it.live(`${find} examines only the ${mine} that it returns, next to 2,000 ${other} ones`, () =>
      Effect.gen(function* () {
        const { mongoose } = yield* MongoConnection
        const store = yield* OrderStore
        // Of its own status there are as many whose time has not come.
        yield* storeOrders(mongoose, other, { first: 0, count: 2000 })
        yield* storeOrders(mongoose, later, { first: 2000, count: 2000 })
        // There is nothing to find yet, so that this call changes nothing.
        const [first, second] = yield* statementsOf(store[find](now, 5))
        const statement = mine === "noticed" ? second : first
        assert(statement !== undefined)
        for (const count of [0, 4, 20]) {
          yield* storeOrders(mongoose, mine, { first: 4000 + count * 100, count })
          const cost = yield* costOf(statement)
          assert.isTrue(cost.stages.has("IXSCAN"), Array.from(cost.stages).join(", "))
          assert.isFalse(cost.stages.has("SORT"))
          assert.strictEqual(cost.found, Math.min(count, 5))
          assert.strictEqual(cost.documents, cost.found)
          // A scan may look at one key that ends it.
          assert.isAtMost(cost.keys, cost.found + 1)
        }
      }).pipe(Effect.provide(orderStore), Effect.provide(migratedDatabase(monitored(mongo.uri))))
    )

  it.live("a search reads only what it returns, in order of SKU, of 2,000 products", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      const store = yield* ProductStore
      yield* storeProducts(mongoose, 2000)
      const middle = skuOf(1000)
      for (const [q, after, found] of [
        // As common as can be, by one letter and by a word, and half as common.
        ["c", Option.none(), 20],
        ["chair", Option.none(), 20],
        ["chair", Option.some(middle), 20],
        ["SKU", Option.none(), 20],
        ["1", Option.some(middle), 20],
        // Rare.
        ["1998", Option.none(), 1],
        ["1998", Option.some(skuOf(1999)), 0],
        [skuOf(1998), Option.none(), 1],
        [`chair ${skuOf(1998)}`, Option.none(), 1],
        ["none", Option.none(), 0],
        // Off sale.
        ["1993", Option.none(), 0]
      ] as const) {
        const [statement] = yield* statementsOf(
          store.list({ ...forSale, q: Option.some(q), after, limit: 20 })
        )
        assert(statement !== undefined)
        const cost = yield* costOf(statement)
        const what = `${q}: ${JSON.stringify({ ...cost, stages: [...cost.stages] })}`
        assert.isTrue(cost.stages.has("IXSCAN"), what)
        assert.isFalse(cost.stages.has("SORT"), what)
        assert.strictEqual(cost.found, found, what)
        assert.strictEqual(cost.documents, found, what)
        assert.isAtMost(cost.keys, cost.found + 1, what)
      }
    }).pipe(Effect.provide(productStore), Effect.provide(migratedDatabase(monitored(mongo.uri))))
  )

  it.live("a rare word bounds a search, after any earlier search", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      const db = mongoose.getClient().db(mongoose.name)
      const list = (text: string) =>
        ProductStore.use((store) =>
          store.list({ ...forSale, q: Option.some(text), after: Option.none(), limit: 20 })
        )
      yield* storeProducts(mongoose, 2000)
      // Both are common, and no product has both: the server would remember a plan that reads thousands.
      yield* Effect.forEach([1, 2, 3], () => list("1 2"))
      yield* Effect.promise(() => db.command({ profile: 2 }))
      assert.lengthOf(yield* list("1998 chair"), 1)
      assert.lengthOf(yield* list("chair 1998"), 1)
      // Without a word nothing is asked.
      assert.lengthOf(yield* list("%"), 0)
      yield* Effect.promise(() => db.command({ profile: 0 }))
      const read = yield* Effect.promise(() =>
        db.collection("system.profile").find({ "command.find": "products" }).toArray()
      )
      assert.deepStrictEqual(
        read.map(({ docsExamined }) => docsExamined),
        [1, 1]
      )
    }).pipe(Effect.provide(productStore), Effect.provide(migratedDatabase(mongo.uri)))
  )

  it.live("confirms and claims by id, next to 2,000 orders of both kinds", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      const store = yield* OrderStore
      yield* storeOrders(mongoose, "overdue", { first: 0, count: 2000 })
      yield* storeOrders(mongoose, "due", { first: 2000, count: 2000 })
      yield* storeOrders(mongoose, "noticed", { first: 4000, count: 2000 })
      const ids = (first: number) => Array.from({ length: 10 }, (_, i) => orderIdOf(first + i))
      const claim = { claimId: ClaimId.make("another"), at: now, leaseUntil: after }
      for (const [call, tag] of [
        [store.confirm(ids(500), now), "confirm"],
        [store.claimMails({ orderIds: ids(2500), ...claim }), "claim"],
        [store.claimMails({ orderIds: ids(4500), ...claim }), "claim of notices"]
      ] as const)
        for (const statement of yield* statementsOf(call)) {
          const { keys, documents } = yield* costOf(statement)
          assert.isAtMost(keys, 21, tag)
          assert.isAtMost(documents, 10, tag)
        }
    }).pipe(Effect.provide(orderStore), Effect.provide(migratedDatabase(monitored(mongo.uri))))
  )

  it("is recorded for every layer that queries documents", () => {
    const folder = join(import.meta.dirname, "../../../src/layers/mongo")
    const layers = readdirSync(folder).filter((file) =>
      /^export const layer\b/mu.test(readFileSync(join(folder, file), "utf8"))
    )
    assert.sameMembers(layers, [
      "MongoAccountStore.ts",
      "MongoAuditLog.ts",
      "MongoOrderSearch.ts",
      "MongoOrderStore.ts",
      "MongoProductStore.ts",
      "MongoSessionStore.ts",
      "MongoVerificationStore.ts",
      // Opens the connection, and asks the server how it is.
      "MongoConnection.ts",
      // Asks the server for its sessions.
      "abandonedTransactions.ts"
    ])
  })
})
