// The stores on a MongoDB that fails: lost answers, conflicts, silence, and callers that leave.
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Option } from "effect"
import * as MongoAccountStore from "../../../src/layers/mongo/MongoAccountStore.ts"
import * as MongoAuditLog from "../../../src/layers/mongo/MongoAuditLog.ts"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { orderModel } from "../../../src/layers/mongo/OrderModel.ts"
import { productModel, toProductDocument } from "../../../src/layers/mongo/ProductModel.ts"
import { makeTransact, type TransactionWork } from "../../../src/layers/mongo/transaction.ts"
import { type Account, PasswordHash } from "../../../src/services/accounts/model/Account.ts"
import { AccountStore } from "../../../src/services/accounts/ports/AccountStore.ts"
import type { AuditEvent } from "../../../src/services/audit/AuditEvent.ts"
import { AuditLog } from "../../../src/services/audit/AuditLog.ts"
import { EventId, UserId } from "../../../src/services/ids.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { type MongoService, startMongo } from "../../../tools/harness/mongo.ts"
import {
  adminId,
  assertBooks,
  claimMail,
  current,
  draft,
  newConfirmed,
  newOrder,
  nextId,
  placed,
  placeOne,
  recordMail,
  recordOf,
  stocked,
  time,
  uniqueClaimId,
  uniqueKey
} from "../../contract/stores.ts"
import { describeWith } from "../../suite.ts"
import { type Fault, failPoint } from "./failPoint.ts"
import { mongoStores } from "./mongoStores.ts"

/** A server of its own: it is made to fail. */
class Server extends Context.Service<Server, MongoService>()("test/Server") {
  static readonly layer = Layer.effect(
    Server,
    Effect.acquireRelease(
      Effect.promise(() => startMongo()),
      (server) => Effect.promise(() => server.stop())
    )
  )
}

const appName = "stores"

const stores = Layer.unwrap(
  Effect.map(Server, ({ address }) => mongoStores(`${address.uri}&appName=${appName}`))
).pipe(Layer.provideMerge(Server.layer))

const fail = Effect.fnUntraced(function* (times: number, fault: Fault) {
  const { address } = yield* Server
  return yield* failPoint(address.uri, appName, times, fault)
})

/** More than the tries of one commit, whose result then stays unknown. */
const everyCommitTry = 5
const answerLost: Fault = {
  failCommands: ["commitTransaction"],
  writeConcernError: { code: 64, errmsg: "waiting for replication timed out" }
}

const twin = (sku: string) =>
  toProductDocument({ sku, name: "a twin", unitPrice: 1, currency: "EUR", available: 0 }, time())

const accountOf = (name: string): Account => ({
  user: {
    id: UserId.make(name),
    email: `${name}@example.com`,
    name: Option.none(),
    phone: Option.none(),
    role: "user",
    locale: "en",
    createdAt: time()
  },
  passwordHash: PasswordHash.make("$argon2id$"),
  passwordVersion: 0,
  codeFailures: 0,
  phoneRemovals: 0,
  disabled: Option.none()
})

const anEvent: AuditEvent = {
  id: EventId.make("event"),
  at: time(),
  kind: "logged_out",
  outcome: "success",
  actor: Option.none(),
  subject: {},
  details: {},
  client: Option.none(),
  requestId: Option.none()
}

/** Transactions that the server holds open for our connections. */
const openTransactions = Effect.flatMap(MongoConnection, ({ mongoose }) =>
  Effect.promise(() =>
    mongoose
      .getClient()
      .db("admin")
      .aggregate(
        [
          { $currentOp: { allUsers: true, idleSessions: true } },
          { $match: { "transaction.parameters.autocommit": false } }
        ],
        { readConcern: { level: "local" } }
      )
      .toArray()
  )
)

describeWith(["mongo"], "on MongoDB", () => {
  layer(stores, { excludeTestServices: true, timeout: "60 seconds" })(
    "stores under faults",
    (it) => {
      it.effect("a batch whose commit was carried out and never acknowledged is placed once", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const sku = yield* stocked(10)
          yield* fail(everyCommitTry, answerLost)
          const batch = [draft([{ sku, quantity: 2 }]), draft([{ sku, quantity: 3 }])]
          const outcomes = yield* store.place(batch)
          assert.deepStrictEqual(
            outcomes.map(({ _tag }) => _tag),
            ["Placed", "Placed"]
          )
          yield* assertBooks(sku, { available: 5, reserved: 5 })
        })
      )

      it.effect("a commit that failed once is sent again", () =>
        Effect.gen(function* () {
          const sku = yield* stocked(10)
          yield* fail(1, { failCommands: ["commitTransaction"], closeConnection: true })
          yield* placed(draft([{ sku, quantity: 2 }]))
          yield* assertBooks(sku, { available: 8, reserved: 2 })
        })
      )

      it.effect("a cancel whose commit was acknowledged late has cancelled the order", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const sku = yield* stocked(10)
          const { id } = yield* placed(draft([{ sku, quantity: 2 }]))
          yield* fail(2, answerLost)
          assert.isTrue(Option.getOrThrow(yield* store.change(id, "cancel", time(1))).moved)
          yield* assertBooks(sku, { available: 10, reserved: 0 })
        })
      )

      it.effect("a cancel whose commit stays unknown fails, and the stock is returned once", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const sku = yield* stocked(10)
          const { id } = yield* placed(draft([{ sku, quantity: 2 }]))
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* fail(everyCommitTry, answerLost)
              const error = yield* Effect.flip(store.change(id, "cancel", time(1)))
              assert.strictEqual(error._tag, "OrderStoreError")
            })
          )
          assert.isFalse(Option.getOrThrow(yield* store.change(id, "cancel", time(2))).moved)
          assert.deepStrictEqual((yield* current(id)).updatedAt, time(1))
          yield* assertBooks(sku, { available: 10, reserved: 0 })
        })
      )

      it.effect(
        "an adjustment with a key survives an unknown commit, and moves the stock once",
        () =>
          Effect.gen(function* () {
            const store = yield* ProductStore
            const sku = yield* stocked(10)
            yield* fail(everyCommitTry, answerLost)
            const outcome = yield* store.adjust({
              sku,
              delta: 5,
              reason: "delivery",
              actorId: adminId,
              idempotencyKey: uniqueKey(),
              at: time()
            })
            assert.deepInclude(outcome, { _tag: "Adjusted", available: 15 })
            yield* assertBooks(sku, { available: 15, reserved: 0 })
          })
      )

      for (const command of ["find", "insert", "update"])
        it.effect(
          `conflicts and broken connections at ${command} are retried on a fresh read`,
          () =>
            Effect.gen(function* () {
              const sku = yield* stocked(10)
              const faults: ReadonlyArray<Fault> = [
                {
                  failCommands: [command],
                  errorCode: 112,
                  errorLabels: ["TransientTransactionError"]
                },
                { failCommands: [command], closeConnection: true }
              ]
              for (const fault of faults)
                yield* Effect.scoped(
                  Effect.gen(function* () {
                    yield* fail(2, fault)
                    yield* placed(draft([{ sku, quantity: 1 }]))
                  })
                )
              yield* assertBooks(sku, { available: 8, reserved: 2 })
            })
        )

      it.effect("a duplicate key is a conflict: the work runs again, on a fresh read", () =>
        Effect.gen(function* () {
          const connection = yield* MongoConnection
          const products = productModel(connection.mongoose).collection
          const sku = yield* stocked(0)
          const transact = yield* makeTransact(connection)
          let runs = 0
          const work: TransactionWork<boolean> = async ({ session }) => {
            const known = ++runs > 1 && (await products.findOne({ _id: sku }, { session }))
            if (!known) await products.insertOne(twin(sku), { session })
            return Boolean(known)
          }
          assert.isTrue(yield* transact(work, { repeatable: false }))
          assert.strictEqual(runs, 2)
        })
      )

      it.effect("an insert that fails otherwise is an error, also when its key is taken", () =>
        Effect.gen(function* () {
          const connection = Layer.succeed(MongoConnection, yield* MongoConnection)
          const services = Layer.merge(MongoAccountStore.layer, MongoAuditLog.layer).pipe(
            Layer.provide(connection)
          )
          yield* Effect.gen(function* () {
            const [accounts, log] = [yield* AccountStore, yield* AuditLog]
            const account = accountOf("ada")
            assert.isTrue(yield* accounts.create(account))
            yield* fail(10, { failCommands: ["insert"], closeConnection: true })
            const unmade = yield* Effect.flip(accounts.create(account))
            assert.strictEqual(unmade._tag, "AccountStoreError")
            const unwritten = yield* Effect.flip(log.append(anEvent))
            assert.strictEqual(unwritten._tag, "AuditLogError")
          }).pipe(Effect.provide(services))
        })
      )

      it.effect("a change that comes between a sender's read and write is not undone", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { id } = yield* newConfirmed
          const claimId = uniqueClaimId()
          yield* claimMail(id, claimId, 1)
          const point = yield* fail(1, {
            failCommands: ["update"],
            blockConnection: true,
            blockTimeMS: 1000
          })
          const sender = yield* Effect.forkChild(recordMail(id, claimId, 60, { _tag: "Unknown" }))
          yield* point.hit(1)
          yield* store.flagAttention([id], "found by hand", time(59))
          yield* store.change(id, "cancel", time(59))
          assert.deepStrictEqual(yield* Fiber.join(sender), [])
          assert.strictEqual((yield* current(id)).status, "cancelled")
          const record = yield* recordOf(id)
          assert.deepStrictEqual(record?.needsAttention, Option.none())
          // That of the notice: after the lease of the confirmation, and the margin.
          const dueAt = Option.map(record?.work ?? Option.none(), (work) => work.dueAt)
          assert.deepStrictEqual(dueAt, Option.some(time(71)))
        })
      )

      it.effect("a confirm whose write was carried out and not answered is made again", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { id } = yield* newOrder
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* fail(1, {
                failCommands: ["update"],
                writeConcernError: { code: 64, errmsg: "waiting for replication timed out" }
              })
              const error = yield* Effect.flip(store.confirm([id], time(1)))
              assert.strictEqual(error._tag, "OrderStoreError")
            })
          )
          const answer = yield* store.confirm([id], time(2))
          assert.strictEqual(answer.count, 0)
          assert.deepInclude(answer.orders[0], { status: "confirmed", version: 2 })
        })
      )

      it.effect("a claim whose answer was lost is made again, and returns its mail", () =>
        Effect.gen(function* () {
          const { id } = yield* newConfirmed
          const claimId = uniqueClaimId()
          const lost: ReadonlyArray<Fault> = [
            {
              failCommands: ["update"],
              writeConcernError: { code: 64, errmsg: "waiting for replication timed out" }
            },
            { failCommands: ["find"], errorCode: 89 }
          ]
          for (const fault of lost)
            yield* Effect.scoped(
              Effect.gen(function* () {
                // The driver makes a read once more by itself.
                yield* fail(fault.failCommands[0] === "find" ? 2 : 1, fault)
                const error = yield* Effect.flip(claimMail(id, claimId, 5))
                assert.strictEqual(error._tag, "OrderStoreError")
              })
            )
          assert.isTrue(Option.isSome(yield* claimMail(id, claimId, 6)))
          assert.strictEqual((yield* current(id)).version, 3)
          const other = yield* claimMail(id, uniqueClaimId(), 6)
          assert.isTrue(Option.isNone(other))
        })
      )

      it.effect(
        "a record whose write was carried out and not answered is made again, and changes nothing",
        () =>
          Effect.gen(function* () {
            const { id } = yield* newConfirmed
            const claimId = uniqueClaimId()
            yield* claimMail(id, claimId, 1)
            yield* Effect.scoped(
              Effect.gen(function* () {
                yield* fail(1, {
                  failCommands: ["update"],
                  writeConcernError: { code: 64, errmsg: "waiting for replication timed out" }
                })
                const error = yield* Effect.flip(recordMail(id, claimId, 2, { _tag: "Unknown" }))
                assert.strictEqual(error._tag, "OrderStoreError")
              })
            )
            // It tells of the order still: its cache entry is not written yet.
            const changed = yield* recordMail(id, claimId, 2, { _tag: "Unknown" })
            assert.deepStrictEqual(changed, [yield* current(id)])
            assert.deepInclude(changed[0], { version: 4 })
            assert.deepStrictEqual(
              (yield* recordOf(id))?.work,
              Option.some({ dueAt: time(302), resends: 0, unknownSends: 1 })
            )
          })
      )

      it.effect(
        "a caller that is interrupted leaves no order, no taken stock and no transaction",
        () =>
          Effect.gen(function* () {
            const store = yield* OrderStore
            const sku = yield* stocked(10)
            for (const command of ["find", "insert", "update"]) {
              const one = draft([{ sku, quantity: 2 }])
              yield* Effect.scoped(
                Effect.gen(function* () {
                  const point = yield* fail(1, {
                    failCommands: [command],
                    blockConnection: true,
                    blockTimeMS: 300
                  })
                  const fiber = yield* Effect.forkChild(store.place([one]))
                  yield* point.hit(1)
                  yield* Fiber.interrupt(fiber)
                })
              )
              assert.deepStrictEqual(yield* openTransactions, [])
              assert.isUndefined(yield* recordOf(one.id))
            }
            yield* assertBooks(sku, { available: 10, reserved: 0 })
          })
      )

      it.effect("a product that does not decode fails its own orders alone", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { mongoose } = yield* MongoConnection
          const [sound, spoiled] = [yield* stocked(10), yield* stocked(10)]
          yield* Effect.promise(() =>
            productModel(mongoose).collection.updateOne(
              { _id: spoiled },
              { $set: { unitPrice: -1 } }
            )
          )
          const outcomes = yield* store.place([
            draft([{ sku: sound, quantity: 1 }]),
            draft([{ sku: spoiled, quantity: 1 }]),
            draft([{ sku: sound, quantity: 2 }]),
            draft([
              { sku: sound, quantity: 1 },
              { sku: spoiled, quantity: 1 }
            ]),
            draft([{ sku: sound, quantity: 3 }])
          ])
          assert.deepStrictEqual(
            outcomes.map(({ _tag }) => _tag),
            ["Placed", "Unplaceable", "Placed", "Unplaceable", "Placed"]
          )
          yield* assertBooks(sound, { available: 4, reserved: 6 })
          assert.deepInclude(
            yield* Effect.promise(() =>
              productModel(mongoose).collection.findOne({ _id: spoiled })
            ),
            { available: 10 }
          )
          yield* Effect.promise(() =>
            productModel(mongoose).collection.updateOne(
              { _id: spoiled },
              { $set: { unitPrice: 1 } }
            )
          )
        })
      )

      it.effect("an order that does not decode is a defect, not an absence", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { mongoose } = yield* MongoConnection
          const sku = yield* stocked(1)
          const { id } = yield* placed(draft([{ sku, quantity: 1 }]))
          yield* Effect.promise(() =>
            orderModel(mongoose).collection.updateOne(
              { _id: id },
              { $set: { version: "one" as never } }
            )
          )
          assert.isTrue((yield* Effect.exit(store.find(id)))._tag === "Failure")
          yield* Effect.promise(() => orderModel(mongoose).collection.deleteOne({ _id: id }))
          assert.isTrue(Option.isNone(yield* store.find(id)))
          yield* Effect.promise(() =>
            productModel(mongoose).collection.updateOne({ _id: sku }, { $inc: { available: 1 } })
          )
        })
      )

      it.effect("an order that does not decode fails its own reader alone", () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const { mongoose } = yield* MongoConnection
          const sku = yield* stocked(2)
          const sound = yield* placed(draft([{ sku, quantity: 1 }]))
          const { id } = yield* placed(draft([{ sku, quantity: 1 }]))
          yield* Effect.promise(() =>
            orderModel(mongoose).collection.updateOne(
              { _id: id },
              { $set: { version: "one" as never } }
            )
          )
          const [failed, found] = yield* Effect.all(
            [Effect.exit(store.find(id)), store.find(sound.id)],
            { concurrency: "unbounded" }
          )
          assert.strictEqual(failed._tag, "Failure")
          assert.strictEqual(Option.getOrThrow(found).id, sound.id)
          yield* Effect.promise(() => orderModel(mongoose).collection.deleteOne({ _id: id }))
          yield* Effect.promise(() =>
            productModel(mongoose).collection.updateOne({ _id: sku }, { $inc: { available: 1 } })
          )
        })
      )

      it.effect(
        "a server that stops answering is an error within 10 s, and nothing is lost",
        () =>
          Effect.gen(function* () {
            const server = yield* Server
            const store = yield* OrderStore
            const sku = yield* stocked(10)
            const { id } = yield* placed(draft([{ sku, quantity: 1 }]))
            const one = draft([{ sku, quantity: 2 }], { idempotencyKey: uniqueKey() })
            const silence = Effect.acquireRelease(
              Effect.sync(() => {
                for (const node of server.nodes) node.freeze()
              }),
              () =>
                Effect.sync(() => {
                  for (const node of server.nodes) node.thaw()
                })
            )
            yield* Effect.scoped(
              Effect.gen(function* () {
                yield* silence
                const errors = yield* Effect.all(
                  [
                    Effect.flip(store.place([one])),
                    Effect.flip(store.change(id, "cancel", time(1))),
                    Effect.flip(store.find(id))
                  ],
                  { concurrency: "unbounded" }
                ).pipe(Effect.timeout("10 seconds"))
                for (const error of errors) assert.strictEqual(error._tag, "OrderStoreError")
              })
            )
            // The same request again finds or makes its one order.
            const again = yield* placeOne({ ...one, id: nextId(one.userId) }).pipe(
              Effect.retry({ times: 3 })
            )
            assert.include(["Placed", "Replayed"], again._tag)
            const cancelled = yield* store
              .change(id, "cancel", time(1))
              .pipe(Effect.retry({ times: 3 }))
            assert.strictEqual(Option.getOrThrow(cancelled).order.status, "cancelled")
            yield* assertBooks(sku, { available: 8, reserved: 2 })
          }),
        40_000
      )
    }
  )
})
