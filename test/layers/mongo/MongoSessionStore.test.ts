import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { alive, layer } from "../../../src/layers/mongo/MongoSessionStore.ts"
import { sessionModel } from "../../../src/layers/mongo/SessionModel.ts"
import { newSession } from "../../../src/services/accounts/Session.ts"
import { now } from "../../../src/services/time.ts"
import { sessionStoreContract } from "../../contract/sessionStore.ts"
import { describeWith } from "../../services/suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  sessionStoreContract("MongoSessionStore", Layer.provide(layer, migratedDatabase(mongo.uri)))

  it.live("a login looks at none of the sessions that its user has ended", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      const at = yield* now
      const sessions = sessionModel(mongoose)
      const login = { id: "one", userId: "ada", passwordVersion: 0, jti: "first" }
      const { id: _, ...session } = newSession(login, at)
      const stored = Array.from({ length: 300 }, (_, i) => ({
        ...session,
        _id: `session ${i}`,
        endedAt: i < 5 ? null : at
      }))
      yield* Effect.promise(() => sessions.insertMany(stored))
      const { executionStats } = yield* Effect.promise(() =>
        sessions.collection.find({ userId: "ada", ...alive(at) }).explain("executionStats")
      )
      assert.deepInclude(executionStats, { nReturned: 5, totalDocsExamined: 5 })
    }).pipe(Effect.provide(migratedDatabase(mongo.uri)))
  )
})
