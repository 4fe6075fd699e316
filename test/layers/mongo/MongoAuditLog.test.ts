import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { auditCap, auditEventModel } from "../../../src/layers/mongo/AuditEventModel.ts"
import { layer } from "../../../src/layers/mongo/MongoAuditLog.ts"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { auditLogContract } from "../../contract/auditLog.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  const database = migratedDatabase(mongo.uri)

  auditLogContract("MongoAuditLog", Layer.provide(layer, database))

  it.live("keeps no more than its cap", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      const options = yield* Effect.promise(() => auditEventModel(mongoose).collection.options())
      assert.deepInclude(options, { capped: true, ...auditCap })
    }).pipe(Effect.provide(database))
  )
})
