// Placing orders: stock is taken once, by the order that is placed.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import { OrderId } from "../../../src/services/ids.ts"
import type { OrderDraft, OrderLine } from "../../../src/services/orders/model/allocate.ts"
import { numberOf } from "../../../src/services/orders/model/orderNumber.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import {
  adminId,
  assertBooks,
  assertSound,
  available,
  current,
  draft,
  nextId,
  placed,
  placeOne,
  recordOf,
  StoreProbe,
  stocked,
  time,
  unique,
  uniqueKey,
  uniqueUserId
} from "../stores.ts"

export const placing = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  it.effect("a placed order has the current names and prices, its total, and open work", () =>
    Effect.gen(function* () {
      const [a, b] = [
        yield* stocked(5, { sku: unique("A") }),
        yield* stocked(5, { sku: unique("B"), unitPrice: 99 })
      ]
      const one = draft([
        { sku: b, quantity: 3 },
        { sku: a, quantity: 2 }
      ])
      const order = yield* placed(one)
      assert.deepStrictEqual(order, {
        id: one.id,
        number: numberOf(one.id, one.userId),
        userId: one.userId,
        status: "pending",
        items: [
          { sku: a, name: `A ${a}`, quantity: 2, unitPrice: 250 },
          { sku: b, name: `A ${b}`, quantity: 3, unitPrice: 99 }
        ],
        total: 797,
        currency: "EUR",
        createdAt: time(),
        updatedAt: time(),
        version: 1,
        timeline: [{ status: "pending", at: time() }],
        confirmation: { state: "waiting" }
      })
      assert.deepStrictEqual(yield* current(one.id), order)
      assert.deepStrictEqual(yield* recordOf(one.id), {
        order,
        idempotencyKey: Option.none(),
        work: Option.some({ dueAt: time(60), resends: 0 }),
        claim: Option.none(),
        mailRequest: 0,
        needsAttention: Option.none()
      })
      yield* assertBooks(a, { available: 3, reserved: 2 })
      yield* assertBooks(b, { available: 2, reserved: 3 })
    })
  )

  it.effect("the trace of the request that placed an order is stored with its work", () =>
    Effect.gen(function* () {
      const sku = yield* stocked(5)
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      const { id } = yield* placed(draft([{ sku, quantity: 1 }], { traceparent }))
      assert.deepStrictEqual(
        (yield* recordOf(id))?.work,
        Option.some({ dueAt: time(60), resends: 0, traceparent })
      )
    })
  )

  it.effect("of 160 concurrent buyers of 40 pieces, 40 get one", () =>
    Effect.gen(function* () {
      const sku = yield* stocked(40)
      const placements = yield* Effect.forEach(
        Array.from({ length: 160 }, () => draft([{ sku, quantity: 1 }])),
        placeOne,
        { concurrency: "unbounded" }
      )
      assert.strictEqual(placements.filter(({ _tag }) => _tag === "Placed").length, 40)
      const refused = placements.filter((placement) => placement._tag === "OutOfStock")
      assert.strictEqual(refused.length, 120)
      for (const { items } of refused)
        assert.deepStrictEqual(items, [{ sku, requested: 1, available: 0 }])
      yield* assertBooks(sku, { available: 0, reserved: 40 })
    })
  )

  it.effect("of 160 buyers of 40 pieces in concurrent batches, 40 get one", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(40)
      const batches = Array.from({ length: 8 }, () =>
        Array.from({ length: 20 }, () => draft([{ sku, quantity: 1 }]))
      )
      const placements = yield* Effect.forEach(batches, store.place, { concurrency: "unbounded" })
      const tags = placements.flat().map(({ _tag }) => _tag)
      assert.strictEqual(tags.length, 160)
      assert.strictEqual(tags.filter((tag) => tag === "Placed").length, 40)
      assert.strictEqual(tags.filter((tag) => tag === "OutOfStock").length, 120)
      yield* assertBooks(sku, { available: 0, reserved: 40 })
    })
  )

  it.effect("a batch is allocated in its order, and its answers are in that order", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const drafts = [3, 3, 2, 1].map((quantity) => draft([{ sku, quantity }]))
      const placements = yield* store.place(drafts)
      assert.deepStrictEqual(
        placements.map((placement) =>
          placement._tag === "Placed" ? placement.order.id : placement._tag
        ),
        [drafts[0]?.id, "OutOfStock", drafts[2]?.id, "OutOfStock"]
      )
      yield* assertBooks(sku, { available: 0, reserved: 5 })
    })
  )

  it.effect("several lines of one SKU count together", () =>
    Effect.gen(function* () {
      const sku = yield* stocked(5)
      const lines = (...quantities: ReadonlyArray<number>): ReadonlyArray<OrderLine> =>
        quantities.map((quantity) => ({ sku, quantity }))
      assert.deepStrictEqual(yield* placeOne(draft(lines(3, 3))), {
        _tag: "OutOfStock",
        items: [{ sku, requested: 6, available: 5 }]
      })
      const order = yield* placed(draft(lines(3, 2)))
      assert.deepStrictEqual(
        order.items.map(({ quantity }) => quantity),
        [5]
      )
      yield* assertBooks(sku, { available: 0, reserved: 5 })
    })
  )

  it.effect(
    "an order takes all its stock or none: one line without stock takes nothing for the others",
    () =>
      Effect.gen(function* () {
        const [a, b] = [
          yield* stocked(5, { sku: unique("A") }),
          yield* stocked(1, { sku: unique("B") })
        ]
        const outcome = yield* placeOne(
          draft([
            { sku: a, quantity: 2 },
            { sku: b, quantity: 2 }
          ])
        )
        assert.deepStrictEqual(outcome, {
          _tag: "OutOfStock",
          items: [{ sku: b, requested: 2, available: 1 }]
        })
        yield* assertBooks(a, { available: 5, reserved: 0 })
        yield* assertBooks(b, { available: 1, reserved: 0 })
      })
  )

  it.effect(
    "concurrent orders of the same SKUs in opposite order take all their stock or none",
    () =>
      Effect.gen(function* () {
        const skus = [
          yield* stocked(20, { sku: unique("A") }),
          yield* stocked(15, { sku: unique("B") })
        ]
        const both = skus.map((sku) => ({ sku, quantity: 1 }))
        const placements = yield* Effect.forEach(
          Array.from({ length: 30 }, (_, i) => draft(i % 2 === 0 ? both : both.toReversed())),
          placeOne,
          { concurrency: "unbounded" }
        )
        assert.strictEqual(placements.filter(({ _tag }) => _tag === "Placed").length, 15)
        yield* assertBooks(skus[0] ?? "", { available: 5, reserved: 15 })
        yield* assertBooks(skus[1] ?? "", { available: 0, reserved: 15 })
      })
  )

  it.effect("a refused draft changes nothing, for any reason", () =>
    Effect.gen(function* () {
      const [euro, dollar] = [
        yield* stocked(5, { sku: unique("A") }),
        yield* stocked(5, { sku: unique("B"), currency: "USD" })
      ]
      const gone = yield* stocked(5, { sku: unique("C") })
      yield* ProductStore.use((products) => products.remove(gone, time()))
      const nothing = unique("SKU")
      const line = (sku: string, quantity = 1): OrderLine => ({ sku, quantity })
      const refused = [
        [[line(euro), line(nothing), line(gone)], { _tag: "UnknownSku", skus: [gone, nothing] }],
        [[line(euro), line(dollar)], { _tag: "MixedCurrency", currencies: ["EUR", "USD"] }],
        [
          [line(euro, 6)],
          { _tag: "OutOfStock", items: [{ sku: euro, requested: 6, available: 5 }] }
        ]
      ] as const
      for (const [lines, outcome] of refused) {
        const one = draft(lines, { idempotencyKey: uniqueKey() })
        assert.deepStrictEqual(yield* placeOne(one), outcome)
        assert.isUndefined(yield* recordOf(one.id))
      }
      for (const sku of [euro, dollar]) yield* assertBooks(sku, { available: 5, reserved: 0 })
    })
  )

  it.effect("a refused request may be tried again under its key", () =>
    Effect.gen(function* () {
      const sku = yield* stocked(0)
      const one = draft([{ sku, quantity: 1 }], { idempotencyKey: uniqueKey() })
      assert.strictEqual((yield* placeOne(one))._tag, "OutOfStock")
      yield* Effect.flatMap(ProductStore, (products) =>
        products.adjust({
          sku,
          delta: 1,
          reason: "delivery",
          actorId: adminId,
          idempotencyKey: Option.none(),
          at: time()
        })
      )
      assert.strictEqual((yield* placeOne({ ...one, id: nextId(one.userId) }))._tag, "Placed")
    })
  )

  it.effect("no write takes more pieces than there are, whatever was decided before it", () =>
    Effect.gen(function* () {
      const probe = yield* StoreProbe
      const sku = yield* stocked(3)
      assert.isFalse(yield* probe.take(sku, 4))
      assert.strictEqual(yield* available(sku), 3)
      assert.isTrue(yield* probe.take(sku, 3))
      assert.isFalse(yield* probe.take(sku, 1))
      assert.strictEqual(yield* available(sku), 0)
      yield* probe.setAvailable(sku, 3)
    })
  )

  it.effect("20 concurrent twins under one key become one order, which all of them get", () =>
    Effect.gen(function* () {
      const sku = yield* stocked(20)
      const shared = { userId: uniqueUserId(), idempotencyKey: uniqueKey() }
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 20 }, () => draft([{ sku, quantity: 1 }], shared)),
        placeOne,
        { concurrency: "unbounded" }
      )
      yield* assertOneOrder(outcomes)
      yield* assertBooks(sku, { available: 19, reserved: 1 })
    })
  )

  it.effect("of 10 concurrent orders of other products under one key, one is placed", () =>
    Effect.gen(function* () {
      // No two of them want the same stock: the key alone keeps them apart.
      const skus = yield* Effect.forEach(Array.from({ length: 10 }), () => stocked(1))
      const shared = { userId: uniqueUserId(), idempotencyKey: uniqueKey() }
      const outcomes = yield* Effect.forEach(
        skus.map((sku) => draft([{ sku, quantity: 1 }], shared)),
        placeOne,
        { concurrency: "unbounded" }
      )
      const tags = outcomes.map(({ _tag }) => _tag)
      assert.strictEqual(tags.filter((tag) => tag === "Placed").length, 1)
      assert.strictEqual(tags.filter((tag) => tag === "IdempotencyMismatch").length, 9)
      const left = yield* Effect.forEach(skus, available)
      assert.strictEqual(left.filter((pieces) => pieces === 1).length, 9)
    })
  )

  it.effect("twins inside one batch become one order", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(20)
      const shared = { userId: uniqueUserId(), idempotencyKey: uniqueKey() }
      const twins = Array.from({ length: 3 }, () => draft([{ sku, quantity: 1 }], shared))
      const stranger = draft([{ sku, quantity: 1 }], { idempotencyKey: shared.idempotencyKey })
      const outcomes = yield* store.place([...twins, stranger])
      yield* assertOneOrder(outcomes.slice(0, 3))
      assert.strictEqual(outcomes[3]?._tag, "Placed")
      yield* assertBooks(sku, { available: 18, reserved: 2 })
    })
  )

  it.effect("a known key replays its order as it is now, at the price it was placed", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(5)
      const one = draft([{ sku, quantity: 2 }], { idempotencyKey: uniqueKey() })
      const order = yield* placed(one)
      yield* ProductStore.use((products) =>
        products.put({ sku, name: "Dearer", unitPrice: 999, currency: "USD" }, time(1))
      )
      const again = { ...one, id: nextId(one.userId), at: time(5) }
      assert.deepStrictEqual(yield* placeOne(again), { _tag: "Replayed", order })
      yield* ProductStore.use((products) => products.remove(sku, time(2)))
      yield* store.change(order.id, "cancel", time(3))
      const replay = yield* placeOne(again)
      assert.deepStrictEqual(replay, { _tag: "Replayed", order: yield* current(order.id) })
      yield* assertBooks(sku, { available: 5, reserved: 0 })
    })
  )

  it.effect("a key that was used for something else is refused, for its user alone", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* stocked(9), yield* stocked(9)]
      const one = draft([{ sku: a, quantity: 2 }], { idempotencyKey: uniqueKey() })
      yield* placed(one)
      const others: ReadonlyArray<ReadonlyArray<OrderLine>> = [
        [{ sku: a, quantity: 1 }],
        [{ sku: b, quantity: 2 }],
        [
          { sku: a, quantity: 2 },
          { sku: b, quantity: 1 }
        ]
      ]
      for (const lines of others)
        assert.deepStrictEqual(yield* placeOne({ ...one, id: nextId(one.userId), lines }), {
          _tag: "IdempotencyMismatch"
        })
      const parts = [
        { sku: a, quantity: 1 },
        { sku: a, quantity: 1 }
      ]
      const inParts = yield* placeOne({ ...one, id: nextId(one.userId), lines: parts })
      assert.strictEqual(inParts._tag, "Replayed")
      const userId = uniqueUserId()
      yield* placed({ ...one, id: nextId(userId), userId })
      yield* assertBooks(a, { available: 5, reserved: 4 })
    })
  )

  it.effect("the same batch again, its first answer lost, places nothing twice", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(4)
      const batch = [
        draft([{ sku, quantity: 1 }]),
        draft([{ sku, quantity: 5 }]),
        draft([{ sku, quantity: 2 }], { idempotencyKey: uniqueKey() })
      ]
      const first = yield* store.place(batch)
      const again = yield* store.place(batch)
      const fresh = draft([{ sku, quantity: 1 }])
      const withAnother = yield* store.place([fresh, ...batch])
      assert.deepStrictEqual(
        first.map(({ _tag }) => _tag),
        ["Placed", "OutOfStock", "Placed"]
      )
      assert.deepStrictEqual(ordersOf(again), ordersOf(first))
      assert.deepStrictEqual(ordersOf(withAnother), [fresh.id, ...ordersOf(first)])
      yield* assertBooks(sku, { available: 0, reserved: 4 })
    })
  )

  it.effect("a draft that was placed stays placed after its stock, or its product, is gone", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(2)
      const last = draft([{ sku, quantity: 2 }])
      const order = yield* placed(last)
      const late = draft([{ sku, quantity: 1 }])
      const outcomes = yield* store.place([late, last])
      assert.deepStrictEqual(
        outcomes.map(({ _tag }) => _tag),
        ["OutOfStock", "Placed"]
      )
      assert.deepStrictEqual(ordersOf(outcomes), [order.id])
      yield* ProductStore.use((products) => products.remove(sku, time(2)))
      assert.deepStrictEqual(ordersOf(yield* store.place([last])), [order.id])
      yield* assertBooks(sku, { available: 0, reserved: 2 })
    })
  )

  it.effect("one draft twice in a batch is one order", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(4)
      const one = draft([{ sku, quantity: 1 }])
      assert.deepStrictEqual(ordersOf(yield* store.place([one, one])), [one.id, one.id])
      yield* assertBooks(sku, { available: 3, reserved: 1 })
    })
  )

  it.effect(
    "an impossible draft is a defect for its caller only: the others of its batch are placed",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const sku = yield* stocked(10)
        const line = { sku, quantity: 1 }
        const culprits: ReadonlyArray<OrderDraft> = [
          draft([]),
          draft([{ sku, quantity: 0 }]),
          draft([{ sku, quantity: -3 }]),
          draft([line, { sku, quantity: -1 }]),
          draft([{ sku, quantity: 1.5 }]),
          draft([{ sku, quantity: Number.NaN }])
        ]
        const batch = culprits.flatMap((culprit) => [draft([line]), culprit])
        const tags = (yield* store.place(batch)).map(({ _tag }) => _tag)
        assert.deepStrictEqual(
          tags,
          culprits.flatMap(() => ["Placed", "Unplaceable"])
        )
        for (const { id } of culprits) assert.isUndefined(yield* recordOf(id))
        yield* assertBooks(sku, { available: 4, reserved: 6 })
      })
  )

  it.effect(
    "a draft whose number is taken is placed with another id only; the others are placed",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        const sku = yield* stocked(10)
        const lines = [{ sku, quantity: 1 }]
        const earlier = yield* placed(draft(lines))
        const { userId } = earlier
        const twin = (overrides: Partial<OrderDraft> = {}) =>
          draft(lines, { userId, id: withNumberOf(earlier.id, nextId(userId)), ...overrides })
        const first = draft(lines)
        const second = draft(lines, {
          userId: first.userId,
          id: withNumberOf(first.id, nextId(first.userId))
        })
        const refused = [twin(), twin({ idempotencyKey: uniqueKey() }), second]
        const batch = [draft(lines), ...refused.slice(0, 2), first, second, draft(lines)]
        const tags = ["Placed", "NumberTaken", "NumberTaken", "Placed", "NumberTaken", "Placed"]
        const outcomes = yield* store.place(batch)
        assert.deepStrictEqual(
          outcomes.map(({ _tag }) => _tag),
          tags
        )
        // A retry of the batch has the same outcome.
        const again = yield* store.place(batch)
        assert.deepStrictEqual(
          again.map(({ _tag }) => _tag),
          tags
        )
        assert.deepStrictEqual(ordersOf(again), ordersOf(outcomes))
        for (const { id } of refused) assert.isUndefined(yield* recordOf(id))
        yield* assertBooks(sku, { available: 6, reserved: 4 })
        const drawnAgain = refused.map((one) => ({ ...one, id: nextId(one.userId) }))
        for (const { _tag } of yield* store.place(drawnAgain)) assert.strictEqual(_tag, "Placed")
        yield* assertBooks(sku, { available: 3, reserved: 7 })
      })
  )

  it.effect("the number of a placed order is not given to a twin in another call", () =>
    Effect.gen(function* () {
      // No two of them want the same stock: the number alone keeps them apart.
      const skus = yield* Effect.forEach(Array.from({ length: 10 }), () => stocked(1))
      const userId = uniqueUserId()
      const id = nextId(userId)
      const twins = skus.map((sku) =>
        draft([{ sku, quantity: 1 }], { userId, id: withNumberOf(id, nextId(userId)) })
      )
      const outcomes = yield* Effect.forEach(twins, placeOne, { concurrency: "unbounded" })
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Placed").length, 1)
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "NumberTaken").length, 9)
      const left = yield* Effect.forEach(skus, available)
      assert.strictEqual(left.filter((pieces) => pieces === 1).length, 9)
    })
  )

  it.effect("an empty batch has no answers", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* OrderStore.use((store) => store.place([])), [])
      yield* assertSound
    })
  )

  it.effect("an order whose stock comes back sells again, once", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const sku = yield* stocked(1)
      const first = yield* placed(draft([{ sku, quantity: 1 }]))
      assert.strictEqual((yield* placeOne(draft([{ sku, quantity: 1 }])))._tag, "OutOfStock")
      yield* store.change(first.id, "cancel", time(1))
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 5 }, () => draft([{ sku, quantity: 1 }])),
        placeOne,
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Placed").length, 1)
      assert.strictEqual(yield* available(sku), 0)
      assert.isAbove((yield* StoreProbe.use((probe) => probe.records)).length, 0)
    })
  )
}

type Outcomes = ReadonlyArray<{ readonly _tag: string; readonly order?: { readonly id: string } }>

const ordersOf = (outcomes: Outcomes): ReadonlyArray<string> =>
  outcomes.flatMap(({ order }) => (order === undefined ? [] : [order.id]))

/** One was placed, the others replay it. */
const assertOneOrder = (outcomes: Outcomes) =>
  Effect.sync(() => {
    assert.strictEqual(new Set(ordersOf(outcomes)).size, 1)
    assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Placed").length, 1)
    assert.strictEqual(
      outcomes.filter(({ _tag }) => _tag === "Replayed").length,
      outcomes.length - 1
    )
  })

/** The second id with the number of the first. */
const withNumberOf = (numbered: OrderId, id: OrderId): OrderId =>
  OrderId.make(id.slice(0, 22) + numbered.slice(22))
