// Stored documents that do not fit are defects.
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Option } from "effect"
import { layer } from "../../../src/layers/mongo/MongoAccountStore.ts"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { type Account, PasswordHash } from "../../../src/services/accounts/model/Account.ts"
import { AccountStore } from "../../../src/services/accounts/ports/AccountStore.ts"
import { UserId } from "../../../src/services/ids.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

const tags = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) ? exit.cause.reasons.map(({ _tag }) => _tag) : []

describeWith(["mongo"], "a document in MongoDB", ({ mongo }) => {
  const stores = Layer.build(Layer.provideMerge(layer, migratedDatabase(mongo.uri)))

  it.live("that does not match the domain is a defect, not an outage and not a result", () =>
    Effect.gen(function* () {
      const context = yield* stores
      const connection = Context.get(context, MongoConnection)
      yield* connection.run(() =>
        connection.mongoose.collection<{ _id: string }>("accounts").insertOne({
          _id: "damaged",
          // @ts-expect-error the collection's type knows only its id
          email: "damaged@example.com",
          role: "emperor"
        })
      )
      const exit = yield* Effect.exit(
        Context.get(context, AccountStore).findById(UserId.make("damaged"))
      )
      assert.deepStrictEqual(tags(exit), ["Die"])
    })
  )

  it.live("whose id is taken is a defect: only a taken email is a result", () =>
    Effect.gen(function* () {
      const store = Context.get(yield* stores, AccountStore)
      const account = (email: string): Account => ({
        user: {
          id: UserId.make("one"),
          email,
          name: Option.none(),
          phone: Option.none(),
          role: "user",
          locale: "en",
          createdAt: new Date("2026-01-02T03:04:05.678Z")
        },
        passwordHash: PasswordHash.make("$argon2id$"),
        passwordVersion: 0,
        codeFailures: 0,
        phoneRemovals: 0,
        disabled: Option.none()
      })
      assert.isTrue(yield* store.create(account("a@example.com")))
      const exit = yield* Effect.exit(store.create(account("b@example.com")))
      assert.deepStrictEqual(tags(exit), ["Die"])
    })
  )
})
