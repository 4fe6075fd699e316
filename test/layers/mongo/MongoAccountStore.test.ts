import { assert, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Option, Redacted } from "effect"
import { layer } from "../../../src/layers/mongo/MongoAccountStore.ts"
import * as MongoConnection from "../../../src/layers/mongo/MongoConnection.ts"
import { migrate } from "../../../src/layers/mongo/migrate.ts"
import { type Account, PasswordHash } from "../../../src/services/accounts/model/Account.ts"
import { AccountStore } from "../../../src/services/accounts/ports/AccountStore.ts"
import { UserId } from "../../../src/services/ids.ts"
import { withDatabase } from "../../../tools/harness/mongo.ts"
import { accountStoreContract } from "../../contract/accountStore.ts"
import { describeWith } from "../../suite.ts"
import { failPoint } from "./failPoint.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  accountStoreContract("MongoAccountStore", Layer.provide(layer, migratedDatabase(mongo.uri)))

  const adminNamed = (name: string): Account => ({
    user: {
      id: UserId.make(name),
      email: `${name}@example.com`,
      name: Option.none(),
      phone: Option.none(),
      role: "admin",
      locale: "en",
      createdAt: new Date("2026-01-02T03:04:05.678Z")
    },
    passwordHash: PasswordHash.make("$argon2id$1"),
    passwordVersion: 0,
    codeFailures: 0,
    phoneRemovals: 0,
    disabled: Option.none()
  })

  it.live("of two admins who disable each other, both before either commits, one is left", () =>
    Effect.gen(function* () {
      const appName = `admins-${crypto.randomUUID()}`
      const uri = Redacted.make(`${withDatabase(mongo.uri)}&appName=${appName}`)
      const connected = Layer.effectDiscard(migrate).pipe(
        Layer.provideMerge(MongoConnection.layer({ uri }))
      )
      const store = Context.get(yield* Layer.build(Layer.provide(layer, connected)), AccountStore)
      yield* Effect.forEach([adminNamed("ada"), adminNamed("bob")], store.create)
      const disable = (name: string) =>
        store.setDisabled(
          UserId.make(name),
          Option.some({ at: new Date(0), reason: "an argument" })
        )
      // The first one has read and written all, and waits to commit, while the second one runs.
      const commits = yield* failPoint(mongo.uri, appName, 1, {
        ...{ failCommands: ["commitTransaction"], blockConnection: true, blockTimeMS: 1000 }
      })
      const first = yield* Effect.forkChild(disable("ada"))
      yield* commits.hit(1)
      const second = yield* disable("bob")
      const outcomes = [yield* Fiber.join(first), second].map(Option.map(({ _tag }) => _tag))
      assert.deepStrictEqual(outcomes, [Option.some("Changed"), Option.some("LastAdmin")])
    }).pipe(Effect.scoped)
  )
})
