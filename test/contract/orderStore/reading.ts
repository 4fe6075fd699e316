// Reading orders.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { OrderId } from "../../../src/services/ids.ts"
import { numberOf } from "../../../src/services/orders/model/orderNumber.ts"
import { type OrderQuery, OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import {
  confirm,
  draft,
  nextId,
  nextOldId,
  placed,
  type StoreProbe,
  stocked,
  time,
  uniqueUserId
} from "../stores.ts"

export const reading = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  it.effect("an unknown id finds nothing", () =>
    Effect.gen(function* () {
      assert.isTrue(Option.isNone(yield* OrderStore.use((store) => store.find(nextId()))))
    })
  )

  it.effect("a number finds its order, as it is now", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(9)
      const [one, other] = [
        yield* placed(draft([{ sku, quantity: 1 }])),
        yield* placed(draft([{ sku, quantity: 1 }]))
      ]
      assert.notStrictEqual(one.number, other.number)
      assert.deepStrictEqual(yield* store.findByNumber(one.number), Option.some(one))
      yield* store.change(one.id, "cancel", time(1))
      const found = Option.getOrThrow(yield* store.findByNumber(one.number))
      assert.deepStrictEqual(found, Option.getOrThrow(yield* store.find(one.id)))
      assert.strictEqual(found.status, "cancelled")
      const userId = uniqueUserId()
      const unknown = numberOf(nextId(userId), userId)
      assert.deepStrictEqual(yield* store.findByNumber(unknown), Option.none())
    })
  )

  it.effect(
    "an order with an id of the older format is read and changed, alone or with a newer one",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const sku = yield* stocked(9)
        const userId = uniqueUserId()
        const old = yield* placed(draft([{ sku, quantity: 1 }], { userId, id: nextOldId() }))
        const fresh = yield* placed(draft([{ sku, quantity: 1 }], { userId }))
        const both = Effect.all([store.find(old.id), store.find(fresh.id)], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(yield* both, [Option.some(old), Option.some(fresh)])
        assert.deepStrictEqual(yield* store.findByNumber(old.number), Option.some(old))
        yield* confirm([old.id, fresh.id], 1)
        yield* store.change(old.id, "cancel", time(2))
        const statuses = (yield* both).map((found) => Option.getOrThrow(found).status)
        assert.deepStrictEqual(statuses, ["cancelled", "confirmed"])
        const query = { userId, status: Option.none(), before: Option.none(), limit: 10 }
        assert.deepStrictEqual(
          (yield* store.list(query)).map(({ id }) => id),
          [fresh.id, old.id]
        )
      })
  )

  it.effect("concurrent readers of one order all get its latest state", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(1)
      const { id } = yield* placed(draft([{ sku, quantity: 1 }]))
      const read = Effect.map(store.find(id), (found) => Option.getOrThrow(found).version)
      const readers = Effect.all(
        Array.from({ length: 20 }, () => read),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(new Set(yield* readers), new Set([1]))
      yield* store.change(id, "cancel", time(1))
      assert.deepStrictEqual(new Set(yield* readers), new Set([2]))
    })
  )

  it.effect("a reader never sees an older state than it has seen, also with concurrent reads", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(1)
      const { id } = yield* placed(draft([{ sku, quantity: 1 }]))
      const otherReads = Effect.forEach(Array.from({ length: 50 }), () => store.find(id), {
        concurrency: 5,
        discard: true
      })
      const writesAndReads = Effect.gen(function* () {
        yield* confirm([id], 1)
        assert.isAtLeast(Option.getOrThrow(yield* store.find(id)).version, 2)
        yield* store.change(id, "cancel", time(2))
        assert.isAtLeast(Option.getOrThrow(yield* store.find(id)).version, 3)
      })
      yield* Effect.all([otherReads, writesAndReads], { concurrency: "unbounded" })
    })
  )

  it.effect("a reader that is interrupted does not stop the shared read of others", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(1)
      const { id } = yield* placed(draft([{ sku, quantity: 1 }]))
      const [, found] = yield* Effect.all(
        [Effect.timeoutOption(store.find(id), 0), store.find(id)],
        { concurrency: "unbounded" }
      )
      assert.isTrue(Option.isSome(found))
    })
  )

  it.effect("a user's orders are listed newest first, also by status, and no other user's", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(9)
      const userId = uniqueUserId()
      const mine = yield* Effect.forEach([1, 2, 3], () =>
        placed(draft([{ sku, quantity: 1 }], { userId }))
      )
      yield* placed(draft([{ sku, quantity: 1 }]))
      const [first, second, third] = mine.map(({ id }) => id)
      assert(second !== undefined)
      yield* store.change(second, "cancel", time(1))
      const ids = (query: Partial<OrderQuery>) =>
        Effect.map(
          store.list({ userId, status: Option.none(), before: Option.none(), limit: 10, ...query }),
          (orders) => orders.map(({ id }) => id)
        )
      assert.deepStrictEqual(yield* ids({}), [third, second, first])
      assert.deepStrictEqual(yield* ids({ status: Option.some("pending") }), [third, first])
      assert.deepStrictEqual(yield* ids({ status: Option.some("cancelled") }), [second])
      assert.deepStrictEqual(yield* ids({ status: Option.some("failed") }), [])
      assert.deepStrictEqual(yield* ids({ userId: uniqueUserId() }), [])
      assert.deepStrictEqual(
        yield* store.list({ userId, status: Option.none(), before: Option.none(), limit: 1 }),
        mine.slice(2)
      )
    })
  )

  it.effect("pages have each order once, also while new orders come", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(20)
      const userId = uniqueUserId()
      const more = (count: number) =>
        Effect.forEach(Array.from({ length: count }), () =>
          Effect.map(placed(draft([{ sku, quantity: 1 }], { userId })), ({ id }) => id)
        )
      const old = yield* more(5)
      const page = (before: Option.Option<OrderId>) =>
        Effect.map(store.list({ userId, status: Option.none(), before, limit: 2 }), (orders) =>
          orders.map(({ id }) => id)
        )
      const pages: Array<ReadonlyArray<OrderId>> = [yield* page(Option.none())]
      for (let last = pages[0]?.at(-1); last !== undefined; last = pages.at(-1)?.at(-1)) {
        yield* more(1)
        pages.push(yield* page(Option.some(last)))
      }
      assert.deepStrictEqual(pages.flat(), old.toReversed())
    })
  )
}
