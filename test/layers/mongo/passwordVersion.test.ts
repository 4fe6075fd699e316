// Accounts and sessions that were stored before passwords had versions: theirs is 0.
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as MongoAccountStore from "../../../src/layers/mongo/MongoAccountStore.ts"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import * as MongoSessionStore from "../../../src/layers/mongo/MongoSessionStore.ts"
import { AccountStore } from "../../../src/services/accounts/AccountStore.ts"
import { absoluteSeconds, nextGrant } from "../../../src/services/accounts/Session.ts"
import { SessionStore } from "../../../src/services/accounts/SessionStore.ts"
import { addSeconds, now } from "../../../src/services/time.ts"
import { describeWith } from "../../services/suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  const stores = Layer.merge(MongoAccountStore.layer, MongoSessionStore.layer).pipe(
    Layer.provideMerge(migratedDatabase(mongo.uri))
  )

  /** As it was stored before. */
  const forget = Effect.fnUntraced(function* (collection: string) {
    const { mongoose, run } = yield* MongoConnection
    const { modifiedCount } = yield* run(() =>
      mongoose.collection(collection).updateMany({}, { $unset: { passwordVersion: 1 } })
    )
    assert.isAbove(modifiedCount, 0)
  })

  layer(stores, { excludeTestServices: true })("without a version of the password", (it) => {
    it.effect("an account can be read, and gets its second password", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const account = {
          user: {
            id: "ada",
            email: "ada@example.com",
            name: null,
            phone: null,
            role: "user" as const,
            createdAt: new Date("2026-01-02T03:04:05.678Z")
          },
          passwordHash: "$argon2id$1",
          passwordVersion: 0
        }
        yield* store.create(account)
        yield* forget("accounts")
        assert.deepStrictEqual(yield* store.findById("ada"), Option.some(account))
        assert.isFalse(yield* store.setPassword("ada", 1, "$argon2id$2"))
        assert.isTrue(yield* store.setPassword("ada", 0, "$argon2id$2"))
        assert.deepStrictEqual(
          yield* store.findById("ada"),
          Option.some({ ...account, passwordHash: "$argon2id$2", passwordVersion: 1 })
        )
      })
    )

    it.effect("a session is listed, and ends with the second password", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const start = yield* now
        const session = {
          id: "one",
          userId: "ada",
          passwordVersion: 0,
          current: nextGrant("first", start),
          previous: null,
          createdAt: start,
          absoluteExpiresAt: addSeconds(start, absoluteSeconds),
          endedAt: null
        }
        yield* store.create(session)
        yield* forget("sessions")
        assert.deepStrictEqual(yield* store.list("ada", start, 10), [session])
        yield* store.endOutdated("ada", 1, start)
        assert.deepStrictEqual(yield* store.list("ada", start, 10), [])
      })
    )
  })
})
