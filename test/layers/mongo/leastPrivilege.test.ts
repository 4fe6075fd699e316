// The user of docs/deploy.md's section on MongoDB: the adapters do all they owe with its rights alone, and it can
// do nothing more. Nor does `migrate` need more than what is said there.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { mongo as mongodb } from "mongoose"
import { afterAll, beforeAll } from "vitest"
import { examineMongo } from "../../../src/layers/mongo/examineMongo.ts"
import {
  MongoConnection,
  layer as mongoConnection
} from "../../../src/layers/mongo/MongoConnection.ts"
import { finishMigration } from "../../../src/layers/mongo/migrate.ts"
import { mongoProblem } from "../../../src/layers/mongo/mongoProblem.ts"
import type { Finding } from "../../../src/services/runtime/Finding.ts"
import {
  type MongoService,
  startMongo,
  withDatabase,
  withUser
} from "../../../tools/harness/mongo.ts"
import { describeWith } from "../../suite.ts"
import { callAll, stores } from "./plans/operations.ts"
import { store } from "./plans/stored.ts"

const document = readFileSync(join(import.meta.dirname, "../../../docs/deploy.md"), "utf8")

interface Role {
  readonly role: string
  readonly roles: ReadonlyArray<string>
  readonly privileges: ReadonlyArray<object>
}

/** docs/deploy.md's `db.createRole(…)`, for another database. */
const roleIn = (database: string): Role => {
  const [, printed = ""] = /^db\.createRole\(([\s\S]*?)\)\n/mu.exec(document) ?? []
  return JSON.parse(printed.replaceAll('"db": "orders"', `"db": "${database}"`))
}

/** What the server answers a user without the right. */
const unauthorized = 13

// MongoDB as such has to be obtainable; this one asks who is there.
describeWith(["mongo"], "a MongoDB user with the least rights", () => {
  let mongo: MongoService
  let root: mongodb.MongoClient
  beforeAll(async () => {
    mongo = await startMongo({ auth: true })
    root = new mongodb.MongoClient(mongo.address.uri)
  })
  afterAll(async () => {
    await root.close()
    await mongo.stop()
  })

  const userOf = (database: string, user: string, roles: ReadonlyArray<string>) =>
    root.db(database).command({ createUser: user, pwd: user, roles })

  const connectionOf = (database: string, user: string) =>
    mongoConnection({
      uri: Redacted.make(
        withUser(withDatabase(mongo.address.uri, database), {
          user,
          password: user,
          source: database
        })
      )
    })

  /** A fresh database as its service sees it. */
  const service = Layer.unwrap(
    Effect.gen(function* () {
      const database = `test-${crypto.randomUUID()}`
      yield* Effect.promise(() => userOf(database, "release", ["readWrite"]))
      yield* finishMigration.pipe(Effect.provide(connectionOf(database, "release")))
      const { role, ...rights } = roleIn(database)
      yield* Effect.promise(() => root.db(database).command({ createRole: role, ...rights }))
      yield* Effect.promise(() => userOf(database, "service", [role]))
      return connectionOf(database, "service")
    })
  )

  it.live("is enough for every operation of every store", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      // As the plans of the queries find it. The service itself may not empty a collection.
      yield* MongoConnection.use((release) => store(release.mongoose, 500)).pipe(
        Effect.provide(connectionOf(mongoose.name, "release"), { local: true })
      )
      yield* callAll((operation, call) =>
        Effect.mapError(call, (error) => new Error(operation, { cause: error }))
      )
    }).pipe(Effect.provide(stores), Effect.provide(service))
  )

  it.live("is ready, and may list its own abandoned transactions", () =>
    Effect.gen(function* () {
      const { mongoose, run } = yield* MongoConnection
      assert.deepStrictEqual(yield* mongoProblem, Option.none())
      const admin = mongoose.getClient().db("admin")
      const own = { $currentOp: { allUsers: false, idleSessions: true } }
      yield* run(() => admin.aggregate([own], { readConcern: { level: "local" } }).toArray())
      const session = mongoose.getClient().startSession()
      yield* run(() => admin.command({ killSessions: [{ id: session.id?.id }] }))
    }).pipe(Effect.provide(service))
  )

  it.live(
    "is found to have all rights, and to lack update on one collection when it is revoked",
    () =>
      Effect.gen(function* () {
        const stateOf = (findings: ReadonlyArray<Finding>, check: string) => {
          const finding = findings.find((found) => found.check === check)
          return [finding?.state, finding?.says]
        }
        const { mongoose } = yield* MongoConnection
        const findings = yield* examineMongo
        const failed = findings.filter(({ state }) => state === "failure")
        assert.deepStrictEqual(failed, [])
        assert.strictEqual(stateOf(findings, "rights")[0], "ok")
        // It may not read the server's parameters.
        assert.deepStrictEqual(stateOf(findings, "transactions"), [
          "ok",
          "this user may not read transactionLifetimeLimitSeconds"
        ])
        const resource = { db: mongoose.name, collection: "sessions" }
        yield* Effect.promise(() =>
          root.db(mongoose.name).command({
            revokePrivilegesFromRole: "service",
            privileges: [{ resource, actions: ["update"] }]
          })
        )
        assert.deepStrictEqual(stateOf(yield* examineMongo, "rights"), [
          "failure",
          "the user lacks rights: update in sessions"
        ])
      }).pipe(Effect.provide(service))
  )

  it.live("can't delete, change append-only records, or read outside its database", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      const own = mongoose.getClient().db(mongoose.name)
      const admin = mongoose.getClient().db("admin")
      const touch = { q: {}, u: { $set: { touched: true } } }
      for (const [database, command] of [
        [own, { delete: "orders", deletes: [{ q: {}, limit: 0 }] }],
        [own, { delete: "audit_events", deletes: [{ q: {}, limit: 0 }] }],
        [own, { update: "audit_events", updates: [touch] }],
        [own, { update: "stock_movements", updates: [touch] }],
        [own, { drop: "audit_events" }],
        [own, { dropDatabase: 1 }],
        [own, { dropIndexes: "orders", index: "*" }],
        [admin, { renameCollection: `${mongoose.name}.orders`, to: `${mongoose.name}.old` }],
        [own, { createUser: "another", pwd: "another", roles: [] }],
        [own, { grantRolesToUser: "service", roles: ["dbOwner"] }],
        [admin, { listDatabases: 1, authorizedDatabases: false }],
        [admin, { shutdown: 1 }],
        [admin, { setParameter: 1, logLevel: 1 }],
        [admin, { find: "system.users" }],
        [mongoose.getClient().db("another"), { find: "orders" }]
      ] as const) {
        const code = yield* Effect.promise(() =>
          database.command(command).then(
            () => "allowed",
            (error: mongodb.MongoServerError) => error.code
          )
        )
        assert.strictEqual(code, unauthorized, JSON.stringify(command))
      }
    }).pipe(Effect.provide(service))
  )
})
