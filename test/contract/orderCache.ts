// What every OrderCache owes: newer versions win in any order of writing, and entries end in time.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Option, Random } from "effect"
import { OrderId, OrderNumber, UserId } from "../../src/services/ids.ts"
import { encodeOrder, type Order } from "../../src/services/orders/model/Order.ts"
import { OrderCache } from "../../src/services/orders/ports/OrderCache.ts"

export interface OrderCacheSubject {
  readonly layer: Layer.Layer<OrderCache>
  /** Lets so much of the entries' life go by. */
  readonly pass: (seconds: number) => Effect.Effect<void>
}

export const anOrder = (changes: Partial<Order> = {}): Order => ({
  id: OrderId.make(crypto.randomUUID()),
  number: OrderNumber.make("K7QF-2M9X"),
  userId: UserId.make("user-1"),
  status: "pending",
  items: [{ sku: "tea", name: "Grüner Tee – 緑茶", quantity: 2, unitPrice: 450 }],
  total: 900,
  currency: "EUR",
  createdAt: new Date(0),
  updatedAt: new Date(0),
  version: 1,
  timeline: [{ status: "pending", at: new Date(0) }],
  confirmation: { state: "waiting" },
  ...changes
})

export const orderCacheContract = (name: string, { layer, pass }: OrderCacheSubject): void => {
  const settled = { status: "cancelled", confirmation: { state: "not_due" } } as const

  describe(name, () => {
    it.effect("returns none for an order that was not put", () =>
      Effect.gen(function* () {
        const cache = yield* OrderCache
        assert.deepStrictEqual(yield* cache.get(anOrder().id), Option.none())
      }).pipe(Effect.provide(layer))
    )

    it.effect("returns an order's owner, version and exact JSON", () =>
      Effect.gen(function* () {
        const cache = yield* OrderCache
        const order = anOrder({ userId: UserId.make("user-7"), version: 3 })
        yield* cache.put([order])
        const expected = { userId: "user-7", version: 3, json: encodeOrder(order) }
        assert.deepStrictEqual(yield* cache.get(order.id), Option.some(expected))
      }).pipe(Effect.provide(layer))
    )

    it.effect("accepts many orders in one call, and none", () =>
      Effect.gen(function* () {
        const cache = yield* OrderCache
        const orders = Array.from({ length: 120 }, (_, i) => anOrder({ version: i + 1 }))
        yield* cache.put([])
        yield* cache.put(orders)
        const versions = yield* Effect.forEach(orders, ({ id }) => versionOf(cache, id), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          versions,
          orders.map(({ version }) => version)
        )
      }).pipe(Effect.provide(layer))
    )

    it.effect("keeps the newest of 50 versions that are put concurrently in any order", () =>
      Effect.gen(function* () {
        const cache = yield* OrderCache
        const order = anOrder()
        const versions = yield* Random.shuffle(Array.from({ length: 50 }, (_, i) => i + 1))
        yield* Effect.forEach(versions, (version) => cache.put([{ ...order, version }]), {
          concurrency: "unbounded"
        })
        const newest = yield* cache.get(order.id)
        assert.deepStrictEqual(
          Option.map(newest, ({ json }) => json),
          Option.some(encodeOrder({ ...order, version: 50 }))
        )
      }).pipe(Effect.provide(layer))
    )

    it.effect("ignores a late older version, and the same version again", () =>
      Effect.gen(function* () {
        const cache = yield* OrderCache
        const order = anOrder({ version: 9, ...settled })
        yield* cache.put([order])
        // 10 is the newer number, "9" the greater text.
        yield* cache.put([{ ...order, version: 10 }])
        yield* cache.put([{ ...order, version: 9 }])
        yield* cache.put([{ ...order, version: 10, userId: UserId.make("somebody else") }])
        const cached = Option.getOrThrow(yield* cache.get(order.id))
        assert.strictEqual(cached.version, 10)
        assert.strictEqual(cached.userId, order.userId)
      }).pipe(Effect.provide(layer))
    )

    for (const [what, life, changes] of [
      ["unsettled", 30, {}],
      ["over, with its notice due", 30, { ...settled, notice: { state: "waiting" } }],
      ["settled", 600, settled]
    ] as const)
      it.effect(`keeps an order that is ${what} for 80 to 100 % of ${life} s`, () =>
        Effect.gen(function* () {
          const cache = yield* OrderCache
          const orders = Array.from({ length: 30 }, () => anOrder(changes))
          yield* cache.put(orders)
          yield* pass(life * 0.75)
          assert.strictEqual(yield* countOf(cache, orders), 30)
          yield* pass(life * 0.15)
          const atNinety = yield* countOf(cache, orders)
          assert.isAbove(atNinety, 0, "all have ended together: no jitter")
          assert.isBelow(atNinety, 30, "none has ended: no jitter")
          yield* pass(life * 0.1)
          assert.strictEqual(yield* countOf(cache, orders), 0)
        }).pipe(Effect.provide(layer))
      )

    it.effect("does not extend an entry's lifetime when the same version is put again", () =>
      Effect.gen(function* () {
        const cache = yield* OrderCache
        const order = anOrder()
        yield* cache.put([order])
        yield* pass(30 * 0.7)
        yield* cache.put([order])
        yield* pass(30 * 0.3)
        assert.deepStrictEqual(yield* cache.get(order.id), Option.none())
      }).pipe(Effect.provide(layer))
    )
  })
}

const versionOf = (cache: OrderCache["Service"], id: OrderId) =>
  Effect.map(cache.get(id), (found) => Option.getOrUndefined(found)?.version)

const countOf = (cache: OrderCache["Service"], orders: ReadonlyArray<Order>) =>
  Effect.map(
    Effect.forEach(orders, ({ id }) => cache.get(id), { concurrency: "unbounded" }),
    (found) => found.filter(Option.isSome).length
  )
