// What every OrderSearch owes its callers.
import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { OrderId, type UserId } from "../../src/services/ids.ts"
import type { Order } from "../../src/services/orders/model/Order.ts"
import type { NoticeState } from "../../src/services/orders/model/OrderStatus.ts"
import { everyOrder, type OrderFilter } from "../../src/services/orders/model/orderFilter.ts"
import { OrderSearch, type OrderSearchQuery } from "../../src/services/orders/ports/OrderSearch.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../src/services/products/ports/ProductStore.ts"
import { firstIdAt } from "../../src/services/runtime/firstIdAt.ts"
import {
  claimMail,
  confirm,
  draft,
  nextId,
  placed,
  recordMail,
  recordOf,
  type StoreProbe,
  stocked,
  time,
  uniqueClaimId,
  uniqueUserId
} from "./stores.ts"

const search = (filter: Partial<OrderFilter>, query: Partial<OrderSearchQuery> = {}) =>
  Effect.map(
    OrderSearch.use((store) =>
      store.list({
        filter: { ...everyOrder, ...filter },
        before: Option.none(),
        limit: 100,
        ...query
      })
    ),
    (found) => found.map(({ id }) => id)
  )

/** The id of an order that was placed so many seconds after the tests' time. */
const idAt = (seconds: number, userId: UserId): OrderId =>
  OrderId.make(firstIdAt(time(seconds)).slice(0, 12) + nextId(userId).slice(12))

const sent = Effect.fnUntraced(function* ({ id }: Order) {
  yield* confirm([id])
  const claim = uniqueClaimId()
  yield* claimMail(id, claim, 6)
  yield* recordMail(id, claim, 7, { _tag: "Sent" })
})

/** One order in each of these states, of one user and one product, in this order. */
const world = Effect.gen(function* () {
  const store = yield* OrderStore
  const userId = uniqueUserId()
  const sku = yield* stocked(100)
  const other = yield* stocked(100)
  const place = (...skus: ReadonlyArray<string>) =>
    placed(
      draft(
        skus.map((one) => ({ sku: one, quantity: 1 })),
        { userId }
      )
    )
  const pending = yield* place(sku)
  const flagged = yield* place(sku, other)
  const cancelled = yield* place(other)
  const done = yield* place(other, sku)
  yield* store.flagAttention([flagged.id], "it fails", time(1))
  yield* store.change(cancelled.id, "cancel", time(2))
  yield* sent(done)
  return {
    userId: Option.some(userId),
    sku: Option.some(sku),
    other: Option.some(other),
    pending: pending.id,
    flagged: flagged.id,
    cancelled: cancelled.id,
    done: done.id
  }
})

export const orderSearchContract = <E>(
  name: string,
  stores: Layer.Layer<OrderSearch | OrderStore | ProductStore | StoreProbe, E>
): void =>
  layer(stores, { excludeTestServices: true })(name, (it) => {
    it.effect("each condition finds its orders, newest first, and conditions combine", () =>
      Effect.gen(function* () {
        const { userId, sku, other, pending, flagged, cancelled, done } = yield* world
        const of = (filter: Partial<OrderFilter>) => search({ userId, ...filter })
        assert.deepStrictEqual(yield* of({}), [done, cancelled, flagged, pending])
        assert.deepStrictEqual(yield* of({ status: Option.some("pending") }), [flagged, pending])
        assert.deepStrictEqual(yield* of({ status: Option.some("confirmed") }), [done])
        assert.deepStrictEqual(yield* of({ mail: Option.some("not_due") }), [cancelled])
        assert.deepStrictEqual(yield* of({ mail: Option.some("sent") }), [done])
        assert.deepStrictEqual(yield* of({ flagged: true }), [flagged])
        assert.deepStrictEqual(yield* search({ sku }), [done, flagged, pending])
        assert.deepStrictEqual(yield* search({ sku: other }), [done, cancelled, flagged])
        assert.deepStrictEqual(yield* search({ sku, flagged: true }), [flagged])
        assert.deepStrictEqual(yield* search({ sku, status: Option.some("pending") }), [
          flagged,
          pending
        ])
        assert.deepStrictEqual(yield* search({ sku, mail: Option.some("sent") }), [done])
        assert.deepStrictEqual(yield* of({ sku, flagged: true, mail: Option.some("sent") }), [])
        assert.deepStrictEqual(yield* search({ id: Option.some(done) }), [done])
        assert.deepStrictEqual(yield* search({ id: Option.some(done), flagged: true }), [])
        assert.deepStrictEqual(yield* search({ id: Option.some(done), sku }), [done])
        const number = Option.map(
          Option.fromUndefinedOr(yield* recordOf(done)),
          (record) => record.order.number
        )
        assert.deepStrictEqual(yield* search({ number }), [done])
        assert.deepStrictEqual(yield* search({ number, flagged: true }), [])
        assert.deepStrictEqual(yield* search({ userId: Option.some(uniqueUserId()) }), [])
      })
    )

    it.effect("a search by status and mail finds orders of all users, newest first", () =>
      Effect.gen(function* () {
        const first = yield* world
        const second = yield* world
        const cases: ReadonlyArray<readonly [Partial<OrderFilter>, Array<OrderId>]> = [
          [{ status: Option.some("cancelled") }, [second.cancelled, first.cancelled]],
          [{ mail: Option.some("sent") }, [second.done, first.done]],
          [{ mail: Option.some("waiting") }, [second.flagged, second.pending, first.flagged]],
          [
            { status: Option.some("confirmed"), mail: Option.some("sent") },
            [second.done, first.done]
          ],
          [{ flagged: true }, [second.flagged, first.flagged]],
          [
            { flagged: true, status: Option.some("pending"), mail: Option.some("waiting") },
            [second.flagged, first.flagged]
          ],
          [{}, [second.done, second.cancelled, second.flagged, second.pending, first.done]]
        ]
        for (const [filter, ids] of cases)
          assert.deepStrictEqual(yield* search(filter, { limit: ids.length }), ids)
        assert.deepStrictEqual(
          yield* search({ flagged: true, status: Option.some("cancelled") }),
          []
        )
      })
    )

    it.effect("orders are found by their notice, also flagged ones that are final", () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const { userId, other, cancelled } = yield* world
        const noticed = (state: NoticeState) => ({ userId, notice: Option.some(state) })
        assert.deepStrictEqual(yield* search(noticed("waiting")), [cancelled])
        assert.deepStrictEqual(yield* search({ ...noticed("waiting"), sku: other }), [cancelled])
        assert.deepStrictEqual(yield* search(noticed("sent")), [])
        yield* store.flagAttention([cancelled], "its mail fails", time(3))
        const flagged = { userId, flagged: true }
        assert.include(yield* search(flagged), cancelled)
        const filters: ReadonlyArray<Partial<OrderFilter>> = [
          { flagged: true, status: Option.some("cancelled") },
          { flagged: true, mail: Option.some("not_due") },
          { flagged: true, notice: Option.some("waiting") }
        ]
        for (const filter of filters) assert.deepStrictEqual(yield* search(filter), [cancelled])
        const claim = uniqueClaimId()
        yield* claimMail(cancelled, claim, 4)
        yield* recordMail(cancelled, claim, 5, { _tag: "Sent" }, { kind: "cancelled" })
        assert.notInclude(yield* search(flagged), cancelled)
        assert.deepStrictEqual(yield* search(noticed("sent")), [cancelled])
      })
    )

    it.effect("pages have each order once", () =>
      Effect.gen(function* () {
        const { userId, sku, flagged, done, pending } = yield* world
        const before = Option.some(done)
        assert.deepStrictEqual(yield* search({ sku }, { limit: 1 }), [done])
        assert.deepStrictEqual(yield* search({ sku }, { limit: 1, before }), [flagged])
        assert.deepStrictEqual(yield* search({ userId, sku }, { before }), [flagged, pending])
        assert.deepStrictEqual(yield* search({ userId }, { before: Option.some(pending) }), [])
      })
    )

    it.effect("a time range includes its beginning and excludes its end", () =>
      Effect.gen(function* () {
        const userId = uniqueUserId()
        const sku = yield* stocked(9)
        const ids = [0, 10, 20].map((seconds) => idAt(seconds, userId))
        for (const id of ids) yield* placed(draft([{ sku, quantity: 1 }], { id, userId }))
        const [first, second, third] = ids
        const within = (from: Option.Option<Date>, to: Option.Option<Date>) =>
          search({ userId: Option.some(userId), from, to })
        const at = (seconds: number) => Option.some(time(seconds))
        assert.deepStrictEqual(yield* within(at(0), at(20)), [second, first])
        assert.deepStrictEqual(yield* within(at(10), Option.none()), [third, second])
        assert.deepStrictEqual(yield* within(Option.none(), at(10)), [first])
        assert.deepStrictEqual(yield* within(at(11), at(20)), [])
        assert(second !== undefined && third !== undefined)
        const from = at(0)
        const page = yield* search(
          { userId: Option.some(userId), from, to: at(30) },
          { before: Option.some(third), limit: 1 }
        )
        assert.deepStrictEqual(page, [second])
        const later = yield* search(
          { userId: Option.some(userId), from, to: at(20) },
          { before: Option.some(third) }
        )
        assert.deepStrictEqual(later, [second, first])
        assert.deepStrictEqual(yield* search({ id: Option.some(second), from: at(11) }), [])
      })
    )

    it.effect("an order is found with all its stored fields", () =>
      Effect.gen(function* () {
        const store = yield* OrderSearch
        const { flagged, done } = yield* world
        for (const id of [flagged, done]) {
          const record = Option.fromUndefinedOr(yield* recordOf(id))
          assert.deepStrictEqual(yield* store.find(id), record)
          const listed = yield* store.list({
            filter: { ...everyOrder, id: Option.some(id) },
            before: Option.none(),
            limit: 1
          })
          assert.deepStrictEqual(listed, [{ id, record }])
        }
        assert.deepStrictEqual(yield* store.find(nextId()), Option.none())
      })
    )

    it.effect("orders are counted, each kind up to the limit", () =>
      Effect.gen(function* () {
        const store = yield* OrderSearch
        const before = yield* store.count(time(), 1000)
        yield* world
        const sku = yield* stocked(9)
        // The others have ids of 1970.
        for (const seconds of [-3599, -30, -1]) {
          const userId = uniqueUserId()
          const id = idAt(seconds, userId)
          yield* placed(draft([{ sku, quantity: 1 }], { id, userId, at: time(seconds) }))
        }
        const after = yield* store.count(time(), 1000)
        assert.strictEqual(after.total, before.total + 7)
        const { byStatus } = before
        assert.deepStrictEqual(after.byStatus, {
          ...byStatus,
          pending: byStatus.pending + 5,
          cancelled: byStatus.cancelled + 1,
          confirmed: byStatus.confirmed + 1
        })
        assert.strictEqual(after.lastHour, before.lastHour + 3)
        assert.strictEqual(after.lastMinute, before.lastMinute + 2)
        assert.strictEqual(after.unsettled, before.unsettled + 5)
        assert.strictEqual(after.flagged, before.flagged + 1)
        assert.isTrue(Option.isSome(after.oldestUnsettled))
        const few = yield* store.count(time(), 1)
        assert.deepInclude(few, { lastMinute: 1, unsettled: 1, flagged: 1 })
        assert.strictEqual(few.byStatus.pending, 1)
        assert.strictEqual(few.total, after.total)
      })
    )

    it.effect("orders are counted by when they were placed, up to a limit", () =>
      Effect.gen(function* () {
        const search = yield* OrderSearch
        const sku = yield* stocked(100)
        const at = (seconds: number) => time(1_000_000 + seconds)
        for (const seconds of [0, 59, 60]) {
          const userId = uniqueUserId()
          const id = idAt(1_000_000 + seconds, userId)
          yield* placed(draft([{ sku, quantity: 1 }], { id, userId }))
        }
        assert.strictEqual(yield* search.countPlaced(at(0), at(60), 100), 2)
        assert.strictEqual(yield* search.countPlaced(at(60), at(120), 100), 1)
        assert.strictEqual(yield* search.countPlaced(at(0), at(61), 2), 2)
        assert.strictEqual(yield* search.countPlaced(at(120), at(180), 2), 0)
      })
    )
  })
