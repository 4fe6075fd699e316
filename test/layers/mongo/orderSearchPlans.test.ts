// What operators search by makes the server look at ten times a page at most, or has to name a range of time. The same on
// 1,000,000 orders: `npm run scale -- orders`.
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { layer as orderSearch } from "../../../src/layers/mongo/MongoOrderSearch.ts"
import { orderModel } from "../../../src/layers/mongo/OrderModel.ts"
import {
  confirmationStates,
  orderStatuses
} from "../../../src/services/orders/model/OrderStatus.ts"
import {
  hasShortRange,
  idRange,
  isBounded,
  type OrderFilter
} from "../../../src/services/orders/model/orderFilter.ts"
import { makeExamine } from "../../../tools/scale/orders/examine.ts"
import { nameOf, searchesOf } from "../../../tools/scale/orders/searches.ts"
import { orderAt, storeOrders } from "../../../tools/scale/orders/seed.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"
import { monitored } from "./plans/recordCommands.ts"

const count = 20_000
const end = new Date(Date.UTC(2026, 5, 1))
const searches = searchesOf(count, end)

/** Each look at a part of an index that is merged with others. */
const mostPerRow = 10
/** The parts of the index of flagged orders: each status with each state of the confirmation. */
const flaggedParts = orderStatuses.length * confirmationStates.length

describeWith(["mongo"], `a search of ${count} orders`, ({ mongo }) => {
  const database = migratedDatabase(monitored(mongo.uri))

  it.live(
    "reads at most ten times its page, or the required time range",
    () =>
      Effect.gen(function* () {
        const { mongoose } = yield* MongoConnection
        yield* Effect.promise(() => storeOrders(mongoose, count, end))
        const examine = yield* makeExamine
        const inRange = yield* Effect.promise(() => {
          const ranged = searches.find((filter) => !isBounded(filter))
          const { first } = idRange(ranged ?? assert.fail("no search needs a range"), Option.none())
          return orderModel(mongoose).collection.countDocuments({
            _id: { $gte: Option.getOrThrow(first) as never }
          })
        })
        assert.isBelow(inRange, count / 10)
        const middle = orderAt(count / 2, count, end).order.id
        const most = (filter: OrderFilter, limit: number) =>
          (isBounded(filter) ? 0 : inRange) +
          mostPerRow * limit +
          (filter.flagged ? flaggedParts : 0)
        for (const filter of searches)
          for (const [before, limit] of [
            [Option.none(), 20],
            [Option.some(middle), 20],
            [Option.none(), 2]
          ] as const) {
            const { keys, documents, found } = yield* examine({ filter, before, limit })
            const what = `${nameOf(filter)}: ${JSON.stringify({ filter, keys, documents, found })}`
            assert.isAtMost(Math.max(keys, documents), most(filter, limit), what)
            assert.isAtMost(found, limit)
          }
      }).pipe(Effect.provide(Layer.provideMerge(orderSearch, database))),
    120_000
  )
})

it("a search that no index bounds needs a short time range", () => {
  const unbounded = searches.filter((filter) => !isBounded(filter))
  assert.isAbove(unbounded.length, 100)
  for (const filter of unbounded) {
    assert.isTrue(hasShortRange(filter, end), nameOf(filter))
    const { from } = filter
    const longer = Option.map(from, (at) => new Date(at.getTime() - 1000))
    assert.isFalse(hasShortRange({ ...filter, from: longer }, end))
    assert.isFalse(hasShortRange({ ...filter, from: Option.none() }, end))
  }
})
