import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import {
  type AuditEventDocument,
  auditCap,
  auditEventCollection
} from "../../../src/layers/mongo/AuditEventModel.ts"
import { auditFilter, layer, newestFirst } from "../../../src/layers/mongo/MongoAuditLog.ts"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { auditLogContract } from "../../contract/auditLog.ts"
import { describeWith } from "../../services/suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

interface Stage {
  readonly stage: string
  readonly indexName?: string
  readonly inputStage?: Stage
}

const stagesOf = (stage: Stage | undefined): ReadonlyArray<Stage> =>
  stage === undefined ? [] : [stage, ...stagesOf(stage.inputStage)]

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  const database = migratedDatabase(mongo.uri)

  auditLogContract("MongoAuditLog", Layer.provide(layer, database))

  it.live("keeps no more than its cap", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      const options = yield* Effect.promise(() => auditEventCollection(mongoose).options())
      assert.deepInclude(options, { capped: true, ...auditCap })
    }).pipe(Effect.provide(database))
  )

  it.live("every filter is answered in order by an index", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      // The server weighs plans by trying them: there has to be something to read in vain.
      const events = Array.from(
        { length: 300 },
        (_, i): AuditEventDocument => ({
          _id: i.toString(16).padStart(32, "0"),
          at: new Date(i),
          kind: i === 0 || i % 2 === 1 ? "login_failed" : "logged_out",
          outcome: "success",
          actor: null,
          subject: {},
          details: {},
          client: null,
          requestId: null,
          users: [i % 2 === 0 ? "user" : `user ${i}`]
        })
      )
      yield* Effect.promise(() => auditEventCollection(mongoose).insertMany(events))
      const kind = Option.some("login_failed" as const)
      const userId = Option.some("user")
      const before = Option.some("f")
      const none = Option.none()
      const expected = [
        [{ kind: none, userId: none, before: none }, ["_id_"]],
        [{ kind: none, userId: none, before }, ["_id_"]],
        [{ kind, userId: none, before: none }, ["kind_1__id_-1"]],
        [{ kind, userId: none, before }, ["kind_1__id_-1"]],
        [{ kind: none, userId, before }, ["users_1__id_-1"]],
        [{ kind, userId, before }, ["users_1_kind_1__id_-1"]]
      ] as const
      for (const [query, indexes] of expected) {
        const { queryPlanner } = yield* Effect.promise(() =>
          auditEventCollection(mongoose)
            .find(auditFilter(query))
            .sort(newestFirst)
            .limit(21)
            .explain()
        )
        const stages = stagesOf(queryPlanner.winningPlan)
        const used = stages.find(({ stage }) => stage === "IXSCAN")?.indexName
        assert.include(indexes, used, JSON.stringify(stages))
        assert.notInclude(
          stages.map(({ stage }) => stage),
          "SORT"
        )
      }
    }).pipe(Effect.provide(migratedDatabase(mongo.uri)))
  )
})
