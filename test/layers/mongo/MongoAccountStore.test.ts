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

  const tagOf = <E, R>(call: Effect.Effect<Option.Option<{ readonly _tag: string }>, E, R>) =>
    Effect.map(call, (outcome) => Option.getOrThrow(outcome)._tag)
  const disable = (name: string) =>
    AccountStore.use((store) =>
      tagOf(
        store.setDisabled(
          UserId.make(name),
          Option.some({ at: new Date(0), reason: "an argument" })
        )
      )
    )
  const revoke = (name: string) =>
    AccountStore.use((store) => tagOf(store.setRole(`${name}@example.com`, "user")))

  it.live.each([
    ["are disabled", disable, disable],
    ["lose their role", revoke, revoke],
    ["are disabled or lose their role", disable, revoke]
  ] as const)("of two admins who %s, both before either commits, one is left", ([, one, other]) =>
    Effect.gen(function* () {
      const appName = `admins-${crypto.randomUUID()}`
      const uri = Redacted.make(`${withDatabase(mongo.uri)}&appName=${appName}`)
      const connected = Layer.effectDiscard(migrate).pipe(
        Layer.provideMerge(MongoConnection.layer({ uri }))
      )
      const store = yield* Layer.build(Layer.provide(layer, connected))
      const { create } = Context.get(store, AccountStore)
      yield* Effect.forEach([adminNamed("ada"), adminNamed("bob")], create)
      // The first one has read and written all, and waits to commit, while the second one runs.
      const commits = yield* failPoint(mongo.uri, appName, 1, {
        ...{ failCommands: ["commitTransaction"], blockConnection: true, blockTimeMS: 1000 }
      })
      const first = yield* Effect.forkChild(Effect.provideContext(one("ada"), store))
      yield* commits.hit(1)
      const second = yield* Effect.provideContext(other("bob"), store)
      assert.deepStrictEqual([yield* Fiber.join(first), second], ["Changed", "LastAdmin"])
    }).pipe(Effect.scoped)
  )
})
