// How often the database is asked for a batch of orders or mails, and how: the most of what a worker costs it.
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { mongo } from "mongoose"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import { claimAt, draft, placed, stocked, time, uniqueClaimId } from "../../contract/stores.ts"
import { describeWith } from "../../suite.ts"
import { mongoStores } from "./mongoStores.ts"

/** The commands that `use` sends, with the number of their writes where it is not one. */
const commandsOf = Effect.fnUntraced(function* <A, E, R>(use: Effect.Effect<A, E, R>) {
  const client = (yield* MongoConnection).mongoose.getClient()
  const commands: Array<string> = []
  const note = ({ commandName, command }: mongo.CommandStartedEvent) => {
    const retryable = command["txnNumber"] !== undefined
    const writes = Array.isArray(command["updates"]) ? command["updates"].length : 1
    const name = writes === 1 ? commandName : `${commandName} of ${writes}`
    commands.push(retryable ? `${name}, retryable` : name)
  }
  yield* Effect.acquireUseRelease(
    Effect.sync(() => client.on("commandStarted", note)),
    () => use,
    () => Effect.sync(() => client.off("commandStarted", note))
  )
  return commands
})

describeWith(["mongo"], "changes of orders on MongoDB", ({ mongo }) => {
  layer(mongoStores(`${mongo.uri}&monitorCommands=true`), { excludeTestServices: true })((it) => {
    it.effect(
      "a batch is confirmed in one write and one read, and so are its mails claimed; one write records them",
      () =>
        Effect.gen(function* () {
          const store = yield* OrderStore
          const sku = yield* stocked(9)
          const orders = yield* Effect.forEach([1, 2, 3], () =>
            placed(draft([{ sku, quantity: 1 }]))
          )
          const orderIds = orders.map(({ id }) => id)
          const claimId = uniqueClaimId()
          const confirmed = yield* commandsOf(store.confirm(orderIds, time(1)))
          assert.deepStrictEqual(confirmed, ["update", "find"])
          const claim = store.claimMails({ orderIds, ...claimAt(1, claimId) })
          assert.deepStrictEqual(yield* commandsOf(claim), ["update", "find"])
          const record = store.recordMails(
            orderIds.map((orderId) => ({
              ...{ orderId, claimId, kind: "confirmed", request: 0 },
              ...{ at: time(2), outcome: { _tag: "Sent" } }
            }))
          )
          assert.deepStrictEqual(yield* commandsOf(record), ["update"])
        })
    )

    it.effect("an order that changed since its claim is read again, and recorded", () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const sku = yield* stocked(9)
        const [kept, cancelled] = [
          yield* placed(draft([{ sku, quantity: 1 }])),
          yield* placed(draft([{ sku, quantity: 1 }]))
        ]
        const orderIds = [kept.id, cancelled.id]
        const claimId = uniqueClaimId()
        yield* store.confirm(orderIds, time(1))
        yield* store.claimMails({ orderIds, ...claimAt(1, claimId) })
        yield* store.change(cancelled.id, "cancel", time(2))
        const record = store.recordMails(
          orderIds.map((orderId) => ({
            ...{ orderId, claimId, kind: "confirmed", request: 0 },
            ...{ at: time(3), outcome: { _tag: "Sent" } }
          }))
        )
        const told: Array<string> = []
        const tell = Effect.map(record, (orders) => told.push(...orders.map(({ id }) => id)))
        assert.deepStrictEqual(yield* commandsOf(tell), ["update", "find", "update"])
        assert.sameMembers(told, orderIds)
      })
    )

    it.effect("notices need one more write, alone or among confirmations", () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const sku = yield* stocked(9)
        const orders = yield* Effect.forEach([1, 2, 3], () => placed(draft([{ sku, quantity: 1 }])))
        const [first, ...others] = orders.map(({ id }) => id)
        assert(first !== undefined)
        yield* store.confirm([first, ...others], time(1))
        for (const id of others) yield* store.change(id, "cancel", time(2))
        for (const orderIds of [others.slice(0, 1), [first, ...others.slice(1)]]) {
          const claim = store.claimMails({ orderIds, ...claimAt(3, uniqueClaimId()) })
          assert.deepStrictEqual(yield* commandsOf(claim), ["update", "update", "find"])
        }
      })
    )

    it.effect("due mails are found by one query for each kind", () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const due = yield* commandsOf(store.findDueMails(time(-1000), 10))
        assert.deepStrictEqual(due, ["find", "find"])
        assert.deepStrictEqual(yield* commandsOf(store.takeOverdue(time(-1000), 10)), ["find"])
      })
    )
  })
})
