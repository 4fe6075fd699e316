// What was stored before passwords had versions, removals of phones were counted, refreshes had late repeats and users
// a language: an account's and a session's counts are 0, a proof's version is that of no password, a session had no late
// repeat, and the language is English.
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as MongoAccountStore from "../../../src/layers/mongo/MongoAccountStore.ts"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import * as MongoSessionStore from "../../../src/layers/mongo/MongoSessionStore.ts"
import * as MongoVerificationStore from "../../../src/layers/mongo/MongoVerificationStore.ts"
import { verificationModel } from "../../../src/layers/mongo/VerificationModel.ts"
import {
  type Account,
  PasswordHash,
  type User
} from "../../../src/services/accounts/model/Account.ts"
import {
  graceSeconds,
  newSession,
  nextGrant,
  TokenId
} from "../../../src/services/accounts/model/Session.ts"
import { AccountStore } from "../../../src/services/accounts/ports/AccountStore.ts"
import { SessionStore } from "../../../src/services/accounts/ports/SessionStore.ts"
import { VerificationStore } from "../../../src/services/accounts/ports/VerificationStore.ts"
import { SessionId, UserId, VerificationId } from "../../../src/services/ids.ts"
import { addSeconds, now } from "../../../src/services/time.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

const ada = UserId.make("ada")
const firstHash = PasswordHash.make("$argon2id$1")

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
      mongoose.collection(collection).updateMany(
        {},
        {
          $unset: {
            ...{ passwordVersion: 1, codeFailures: 1, phoneRemovals: 1, lateRepeat: 1 },
            locale: 1
          }
        }
      )
    )
    assert.isAbove(modifiedCount, 0)
  })

  layer(stores, { excludeTestServices: true })("without a version of the password", (it) => {
    it.effect("an account can be read, and gets its second password", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const account: Account = {
          user: {
            id: ada,
            email: "ada@example.com",
            name: Option.none(),
            phone: Option.none(),
            role: "user",
            locale: "en",
            createdAt: new Date("2026-01-02T03:04:05.678Z")
          },
          passwordHash: firstHash,
          passwordVersion: 0,
          codeFailures: 0,
          phoneRemovals: 0,
          disabled: Option.none()
        }
        yield* store.create(account)
        yield* forget("accounts")
        assert.deepStrictEqual(yield* store.findById(ada), Option.some(account))
        yield* store.countCodeFailure(ada)
        assert.deepStrictEqual(
          yield* store.findById(ada),
          Option.some({ ...account, codeFailures: 1 })
        )
        const withPhone = yield* store.setPhone(ada, 0, {
          verificationId: VerificationId.make("proof"),
          phone: "+4917012345",
          phoneRemovals: 0
        })
        assert.deepStrictEqual(Option.getOrThrow(withPhone).phone, Option.some("+4917012345"))
        const secondHash = PasswordHash.make("$argon2id$2")
        assert.isFalse(yield* store.setPassword(ada, 1, secondHash))
        assert.isTrue(yield* store.setPassword(ada, 0, secondHash))
        assert.deepStrictEqual(
          yield* store.findById(ada),
          Option.some({
            user: { ...account.user, phone: Option.some("+4917012345") },
            passwordHash: secondHash,
            passwordVersion: 1,
            codeFailures: 0,
            phoneRemovals: 0,
            disabled: Option.none()
          })
        )
      })
    )

    it.effect(
      "a phone's verification can be read, and sets no phone at any version of the account",
      () =>
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
          const found = yield* VerificationStore.use((store) =>
            store.find(VerificationId.make("old"))
          )
          const { id: verificationId, purpose } = Option.getOrThrow(found)
          assert(purpose._tag === "Phone")
          assert.strictEqual(purpose.locale, "en")
          const store = yield* AccountStore
          const user: User = {
            id: UserId.make("grace"),
            email: "grace@example.com",
            name: Option.none(),
            phone: Option.none(),
            role: "user",
            locale: "en",
            createdAt: at
          }
          yield* store.create({
            user,
            passwordHash: firstHash,
            passwordVersion: 0,
            codeFailures: 0,
            phoneRemovals: 0,
            disabled: Option.none()
          })
          const { passwordVersion, phone, phoneRemovals } = purpose
          const proof = { verificationId, phone, phoneRemovals }
          assert.isTrue(Option.isNone(yield* store.setPhone(user.id, passwordVersion, proof)))
        })
    )

    it.effect("a session is listed and refreshed, and ends with the second password", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const start = yield* now
        const session = newSession(
          {
            id: SessionId.make("one"),
            userId: ada,
            passwordVersion: 0,
            jti: TokenId.make("first")
          },
          start
        )
        yield* store.create(session)
        yield* forget("sessions")
        assert.deepStrictEqual(yield* store.list(ada, start, 10), [session])
        for (const [at, tag] of [
          [start, "Rotated"],
          [addSeconds(start, graceSeconds), "RepeatedLate"]
        ] as const) {
          const next = nextGrant(TokenId.make("second"), start)
          const { id: sessionId, current } = session
          const outcome = yield* store.rotate({ sessionId, presented: current.jti, next, at })
          assert.strictEqual(outcome._tag, tag)
        }
        yield* store.endOutdated(ada, 1, start)
        assert.deepStrictEqual(yield* store.list(ada, start, 10), [])
      })
    )
  })
})
