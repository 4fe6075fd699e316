// Allocation over arbitrary batches: stock is conserved, and every draft has its answer.
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Option, Schema } from "effect"
import { OrderId, UserId } from "../../../../src/services/ids.ts"
import {
  type Allocation,
  allocate,
  mergeLines,
  type OrderDraft,
  requestKey
} from "../../../../src/services/orders/model/allocate.ts"
import { OrderRecord } from "../../../../src/services/orders/model/Order.ts"
import { orderIdOf } from "../../../../src/services/orders/model/orderNumber.ts"
import type { Offer } from "../../../../src/services/products/model/Product.ts"

const range = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

// Few SKUs, users and keys, so that drafts meet; one SKU is not for sale.
const Sku = Schema.Literals(["a", "b", "c", "nothing"])
const Draft = Schema.Struct({
  userId: Schema.Literals(["ann", "bob"]),
  key: Schema.Option(Schema.Literals(["k1", "k2"])),
  lines: Schema.NonEmptyArray(Schema.Struct({ sku: Sku, quantity: range(1, 6) })).check(
    Schema.isMaxLength(4)
  )
})
const Batch = Schema.Array(Draft).check(Schema.isMaxLength(12))
const Stock = Schema.Struct({ a: range(0, 20), b: range(0, 20), c: range(0, 20) })

const at = new Date("2026-03-01T10:00:00Z")

const productsOf = (stock: typeof Stock.Type): ReadonlyArray<Offer> =>
  (["a", "b", "c"] as const).map((sku) => ({
    sku,
    name: sku.toUpperCase(),
    unitPrice: 5,
    currency: sku === "c" ? "USD" : "EUR",
    available: stock[sku]
  }))

const draftsOf = (batch: typeof Batch.Type, prefix = "order"): ReadonlyArray<OrderDraft> =>
  batch.map(({ userId, key, lines }, i) => ({
    id: OrderId.make(`${prefix}-${i}`),
    userId: UserId.make(userId),
    lines,
    idempotencyKey: key,
    at,
    traceparent: ""
  }))

const sum = (lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>) =>
  mergeLines(lines)

/** The products as the allocation leaves them. */
const left = (products: ReadonlyArray<Offer>, { taken }: Allocation): ReadonlyArray<Offer> =>
  products.map((product) => ({
    ...product,
    available: product.available - (taken.find(({ sku }) => sku === product.sku)?.quantity ?? 0)
  }))

const isRecord = Schema.is(OrderRecord)

describe("allocate", () => {
  it.prop(
    "takes the stock of the inserted orders, in SKU order, and never more than there is",
    [Batch, Stock],
    ([batch, stock]) => {
      const products = productsOf(stock)
      const allocation = allocate(draftsOf(batch), [], products)
      assert.deepStrictEqual(
        allocation.taken,
        sum(allocation.inserts.flatMap(({ order }) => order.items))
      )
      for (const { available } of left(products, allocation)) assert.isAtLeast(available, 0)
    }
  )

  it.prop(
    "returns a result for every draft in order: for a placed one its stored order",
    [Batch, Stock],
    ([batch, stock]) => {
      const drafts = draftsOf(batch)
      const { placements, inserts } = allocate(drafts, [], productsOf(stock))
      assert.strictEqual(placements.length, drafts.length)
      const stored = new Map(inserts.map((record) => [record.order.id, record]))
      for (const [i, placement] of placements.entries()) {
        const draft = drafts[i]
        assert(draft !== undefined)
        if (placement._tag !== "Placed") {
          assert.isFalse(stored.has(draft.id))
          continue
        }
        const record = stored.get(draft.id)
        assert.strictEqual(record?.order, placement.order)
        assert.strictEqual(record?.order.userId, draft.userId)
        assert.deepStrictEqual(
          record?.order.items.map(({ sku, quantity }) => ({ sku, quantity })),
          sum(draft.lines)
        )
        assert.isTrue(isRecord(record))
      }
      assert.strictEqual(inserts.length, placements.filter(({ _tag }) => _tag === "Placed").length)
    }
  )

  it.prop("stores one order per (user, key)", [Batch, Stock], ([batch, stock]) => {
    const { placements, inserts } = allocate(draftsOf(batch), [], productsOf(stock))
    const requests = inserts.flatMap(({ order, idempotencyKey }) =>
      Option.toArray(Option.map(idempotencyKey, (key) => requestKey(order.userId, key)))
    )
    assert.strictEqual(new Set(requests).size, requests.length)
    const ids = new Set(inserts.map(({ order }) => order.id))
    for (const placement of placements)
      if (placement._tag === "Replayed") assert.isTrue(ids.has(placement.order.id))
  })

  it.prop(
    "has the same result for a batch as for its drafts one by one",
    [Batch, Stock],
    ([batch, stock]) => {
      const drafts = draftsOf(batch)
      const whole = allocate(drafts, [], productsOf(stock))
      let products = productsOf(stock)
      const inserts: Array<OrderRecord> = []
      const placements = drafts.flatMap((draft) => {
        const one = allocate([draft], inserts, products)
        products = left(products, one)
        inserts.push(...one.inserts)
        return one.placements
      })
      assert.deepStrictEqual(placements, whole.placements)
      assert.deepStrictEqual(inserts, whole.inserts)
    }
  )

  it.prop(
    "takes no stock for a batch that was committed before, and returns the same orders",
    [Batch, Stock],
    ([batch, stock]) => {
      const drafts = draftsOf(batch)
      const products = productsOf(stock)
      const first = allocate(drafts, [], products)
      const again = allocate(drafts, first.inserts, left(products, first))
      const placed = ({ placements }: Allocation) =>
        placements.map((placement) => ("order" in placement ? placement.order : undefined))
      for (const [i, order] of placed(first).entries())
        if (order !== undefined) assert.strictEqual(placed(again)[i], order)
      for (const { order } of again.inserts)
        assert.isFalse(first.inserts.some((record) => record.order.id === order.id))
    }
  )

  it.prop(
    "refuses an order as out of stock only when it is, and says by how much",
    [Batch, Stock],
    ([batch, stock]) => {
      const drafts = draftsOf(batch)
      let products = productsOf(stock)
      const known: Array<OrderRecord> = []
      for (const draft of drafts) {
        const one = allocate([draft], known, products)
        const [placement] = one.placements
        if (placement?._tag === "OutOfStock")
          assert.deepStrictEqual(
            placement.items,
            sum(draft.lines).flatMap(({ sku, quantity }) => {
              const available = products.find((product) => product.sku === sku)?.available ?? 0
              return available < quantity ? [{ sku, requested: quantity, available }] : []
            })
          )
        products = left(products, one)
        known.push(...one.inserts)
      }
    }
  )

  it("creates one order for a draft that is in its batch twice", () => {
    const [draft] = draftsOf([
      { userId: "ann", key: Option.none(), lines: [{ sku: "a", quantity: 2 }] }
    ])
    assert(draft !== undefined)
    const { placements, inserts, taken } = allocate(
      [draft, draft],
      [],
      productsOf({ a: 5, b: 0, c: 0 })
    )
    assert.strictEqual(inserts.length, 1)
    assert.deepStrictEqual(placements[1], placements[0])
    assert.deepStrictEqual(taken, [{ sku: "a", quantity: 2 }])
  })

  it("throws for an impossible draft, so that no stock is created", () => {
    const [draft] = draftsOf([
      { userId: "ann", key: Option.none(), lines: [{ sku: "a", quantity: 1 }] }
    ])
    assert(draft !== undefined)
    const products = productsOf({ a: 5, b: 5, c: 5 })
    const place = (lines: OrderDraft["lines"]) => () =>
      allocate([{ ...draft, lines }], [], products)
    assert.throws(place([]), RangeError)
    for (const quantity of [0, -1, -1000, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      assert.throws(place([...draft.lines, { sku: "a", quantity }]), RangeError)
  })

  it("throws for a draft with an id of another user, since its order would never be found", () => {
    const [draft] = draftsOf([
      { userId: "ann", key: Option.none(), lines: [{ sku: "a", quantity: 1 }] }
    ])
    assert(draft !== undefined)
    const idFor = (user: string) => orderIdOf("0".repeat(32), UserId.make(user))
    const place = (id: OrderId) =>
      allocate([{ ...draft, id }], [], productsOf({ a: 5, b: 5, c: 5 }))
    assert.strictEqual(place(idFor("ann")).inserts.length, 1)
    assert.throws(() => place(idFor("bob")), RangeError)
  })
})

describe("mergeLines", () => {
  it.prop(
    "keeps the quantity of every SKU, once each and ascending, for lines in any order",
    [Arbitrary.array(Arbitrary.schema(Schema.Struct({ sku: Sku, quantity: range(1, 9) })))],
    ([lines]) => {
      const merged = mergeLines(lines)
      const skus = merged.map(({ sku }) => sku)
      assert.deepStrictEqual(
        skus,
        Array.from(new Set(lines.map(({ sku }) => sku))).sort((a, b) => (a < b ? -1 : 1))
      )
      for (const { sku, quantity } of merged)
        assert.strictEqual(
          quantity,
          lines.filter((line) => line.sku === sku).reduce((total, line) => total + line.quantity, 0)
        )
      assert.deepStrictEqual(mergeLines(lines.toReversed()), merged)
      assert.deepStrictEqual(mergeLines(merged), merged)
    }
  )
})
