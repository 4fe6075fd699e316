// What was stored before passwords had versions: an account's and a session's is 0, a proof's is nobody's.
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as MongoAccountStore from "../../../src/layers/mongo/MongoAccountStore.ts"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import * as MongoSessionStore from "../../../src/layers/mongo/MongoSessionStore.ts"
import * as MongoVerificationStore from "../../../src/layers/mongo/MongoVerificationStore.ts"
import { verificationModel } from "../../../src/layers/mongo/VerificationModel.ts"
import { newSession } from "../../../src/services/accounts/model/Session.ts"
import { AccountStore } from "../../../src/services/accounts/ports/AccountStore.ts"
import { SessionStore } from "../../../src/services/accounts/ports/SessionStore.ts"
import { VerificationStore } from "../../../src/services/accounts/ports/VerificationStore.ts"
import { addSeconds, now } from "../../../src/services/time.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  const stores = Layer.mergeAll(
    MongoAccountStore.layer,
    MongoSessionStore.layer,
    MongoVerificationStore.layer
  ).pipe(Layer.provideMerge(migratedDatabase(mongo.uri)))

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
        const withPhone = yield* store.setPhone("ada", 0, "+4917012345")
        assert.strictEqual(Option.getOrThrow(withPhone).phone, "+4917012345")
        assert.isFalse(yield* store.setPassword("ada", 1, "$argon2id$2"))
        assert.isTrue(yield* store.setPassword("ada", 0, "$argon2id$2"))
        assert.deepStrictEqual(
          yield* store.findById("ada"),
          Option.some({
            user: { ...account.user, phone: "+4917012345" },
            passwordHash: "$argon2id$2",
            passwordVersion: 1
          })
        )
      })
    )

    it.effect("a phone's proof can be read, and sets no phone whatever the account's version", () =>
      Effect.gen(function* () {
        const { mongoose, run } = yield* MongoConnection
        const at = yield* now
        yield* run(() =>
          verificationModel(mongoose).collection.insertOne({
            _id: "old",
            purpose: { _tag: "Phone", userId: "grace", phone: "+4917099999" },
            codeDigest: "digest",
            attempts: 0,
            expiresAt: addSeconds(at, 600),
            resendAt: at,
            consumedAt: null
          })
        )
        const found = yield* VerificationStore.use((store) => store.find("old"))
        const { purpose } = Option.getOrThrow(found)
        assert(purpose._tag === "Phone")
        const store = yield* AccountStore
        const user = {
          id: "grace",
          email: "grace@example.com",
          name: null,
          phone: null,
          role: "user" as const,
          createdAt: at
        }
        yield* store.create({ user, passwordHash: "$argon2id$1", passwordVersion: 0 })
        const { passwordVersion, phone } = purpose
        assert.isTrue(Option.isNone(yield* store.setPhone("grace", passwordVersion, phone)))
      })
    )

    it.effect("a session is listed, and ends with the second password", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const start = yield* now
        const session = newSession(
          { id: "one", userId: "ada", passwordVersion: 0, jti: "first" },
          start
        )
        yield* store.create(session)
        yield* forget("sessions")
        assert.deepStrictEqual(yield* store.list("ada", start, 10), [session])
        yield* store.endOutdated("ada", 1, start)
        assert.deepStrictEqual(yield* store.list("ada", start, 10), [])
      })
    )
  })
})
