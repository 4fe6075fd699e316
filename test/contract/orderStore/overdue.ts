// The watchdog's part: no pending order is forgotten, and one watchdog takes each that is overdue.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { OrderId } from "../../../src/services/ids.ts"
import type { Order } from "../../../src/services/orders/model/Order.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { addSeconds } from "../../../src/services/time.ts"
import {
  assertSound,
  current,
  draft,
  placed,
  recordOf,
  StoreProbe,
  stocked,
  time,
  uniqueClaimId
} from "../stores.ts"

/** Long before the orders of the other tests: no other order is overdue then. */
const longAgo = (seconds: number): Date => addSeconds(new Date(Date.UTC(2020, 0, 1)), seconds)

/** Orders placed a second apart from `longAgo(0)` on. */
const oldOrders = Effect.fnUntraced(function* (count: number) {
  const sku = yield* stocked(count)
  return yield* Effect.forEach(Array.from({ length: count }), (_, i) =>
    placed(draft([{ sku, quantity: 1 }], { at: longAgo(i) }))
  )
})

const cancelAll = (orders: ReadonlyArray<Order>) =>
  OrderStore.use((store) => Effect.forEach(orders, ({ id }) => store.change(id, "cancel", time())))

export const overdue = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  it.effect(
    "orders are overdue from their due time, longest overdue first, and settled ones never",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const orders = yield* oldOrders(4)
        const [first, second, third, fourth] = orders
        assert(first && second && third && fourth)
        yield* cancelAll(orders.slice(1, 2))
        const taken = (seconds: number, limit: number) => store.takeOverdue(longAgo(seconds), limit)
        assert.deepStrictEqual(yield* taken(59, 10), [])
        assert.deepStrictEqual(yield* taken(60, 10), [first.id])
        assert.deepStrictEqual(yield* taken(100, 1), [third.id])
        assert.deepStrictEqual(yield* taken(100, 10), [fourth.id])
        // Its notice is no order to be confirmed.
        assert.deepInclude(yield* recordOf(second.id), {
          work: Option.some({ dueAt: time(), resends: 0 })
        })
        yield* cancelAll(orders)
        yield* assertSound
      })
  )

  it.effect(
    "an order is taken at growing intervals, without end, and its readers see no change",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const [order] = yield* oldOrders(1)
        assert(order !== undefined)
        let at = longAgo(60)
        const minutes: Array<number> = []
        for (let resends = 1; resends <= 9; resends++) {
          assert.deepStrictEqual(yield* store.takeOverdue(at, 10), [order.id])
          const record = yield* recordOf(order.id)
          assert(record !== undefined)
          const work = Option.getOrThrow(record.work)
          assert.strictEqual(work.resends, resends)
          assert.deepStrictEqual(yield* current(order.id), order)
          minutes.push((work.dueAt.getTime() - at.getTime()) / 60_000)
          assert.deepStrictEqual(yield* store.takeOverdue(addSeconds(work.dueAt, -1), 10), [])
          at = work.dueAt
        }
        assert.deepStrictEqual(minutes, [2, 4, 8, 16, 32, 60, 60, 60, 60])
        yield* cancelAll([order])
      })
  )

  it.effect("of 5 concurrent watchdogs, one takes each order", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const orders = yield* oldOrders(30)
      const ids = new Set(orders.map(({ id }) => id))
      const takeAll = Effect.gen(function* () {
        const taken: Array<OrderId> = []
        // A watchdog that got nothing may have lost all it saw: it is done when none is left to see.
        for (;;) {
          const some = yield* store.takeOverdue(longAgo(200), 7)
          taken.push(...some)
          const stored = yield* StoreProbe.use((probe) => probe.records)
          const left = stored.filter(
            ({ order, work }) =>
              ids.has(order.id) && Option.exists(work, ({ resends }) => resends === 0)
          )
          if (left.length === 0) return taken
        }
      })
      const taken = yield* Effect.all(
        Array.from({ length: 5 }, () => takeAll),
        {
          concurrency: "unbounded"
        }
      )
      assert.deepStrictEqual(
        taken.flat().sort((a, b) => (a < b ? -1 : 1)),
        orders.map(({ id }) => id)
      )
      yield* cancelAll(orders)
    })
  )

  it.effect("only pending orders are taken: the watchdog ignores mails of confirmed ones", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const orders = yield* oldOrders(3)
      const [pending, confirmed, sending] = orders.map(({ id }) => id)
      assert(pending && confirmed && sending)
      yield* store.confirm([confirmed, sending], longAgo(1))
      yield* store.claimMails({
        ...{ orderIds: [sending], claimId: uniqueClaimId() },
        ...{ at: longAgo(1), leaseUntil: longAgo(31) }
      })
      const before = yield* Effect.forEach([confirmed, sending], recordOf)
      assert.deepStrictEqual(yield* store.takeOverdue(longAgo(1000), 10), [pending])
      assert.deepStrictEqual(yield* Effect.forEach([confirmed, sending], recordOf), before)
      yield* cancelAll(orders)
    })
  )

  it.effect(
    "a watchdog and a confirm at the same time: the order is confirmed, and its mail is due",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const orders = yield* oldOrders(10)
        const ids = orders.map(({ id }) => id)
        yield* Effect.all([store.takeOverdue(longAgo(300), 10), store.confirm(ids, longAgo(300))], {
          concurrency: "unbounded"
        })
        yield* assertSound
        for (const id of ids) {
          const record = yield* recordOf(id)
          assert.deepInclude(record?.order, { status: "confirmed", version: 2 })
          const due = Option.map(record?.work ?? Option.none(), ({ dueAt }): Date => dueAt)
          assert.deepStrictEqual(due, Option.some(longAgo(305)))
        }
        yield* cancelAll(orders)
      })
  )

  it.effect(
    "an order that was taken is confirmed with its mail due, and its checks are counted",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const orders = yield* oldOrders(1)
        const ids = orders.map(({ id }) => id)
        assert.deepStrictEqual(yield* store.takeOverdue(longAgo(60), 10), ids)
        assert.strictEqual((yield* store.confirm(ids, longAgo(61))).count, 1)
        const [record] = yield* Effect.forEach(ids, recordOf)
        assert.deepStrictEqual(record?.work, Option.some({ dueAt: longAgo(66), resends: 1 }))
        yield* cancelAll(orders)
      })
  )
}
