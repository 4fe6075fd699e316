// What every ProductStore owes its callers.
import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { UserId } from "../../src/services/ids.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { isBalanced } from "../../src/services/products/model/StockAudit.ts"
import type { StockAdjustment } from "../../src/services/products/model/StockMovement.ts"
import type { ProductQuery } from "../../src/services/products/ports/ProductStore.ts"
import { ProductStore } from "../../src/services/products/ports/ProductStore.ts"
import {
  adminId,
  assertBooks,
  auditOf,
  available,
  draft,
  placed,
  placeOne,
  StoreProbe,
  stocked,
  time,
  unique,
  uniqueKey
} from "./stores.ts"

const query = (overrides: Partial<ProductQuery> = {}): ProductQuery => ({
  after: Option.none(),
  limit: 50,
  q: Option.none(),
  category: Option.none(),
  active: Option.some(true),
  ...overrides
})

/** What a product has that was put without. */
const bare = {
  description: Option.none(),
  picture: Option.none(),
  category: Option.none(),
  active: true
}

const described = {
  description: Option.some("First flush.\nFrom Darjeeling."),
  picture: Option.some("https://pictures.example.com/tea.jpg"),
  category: Option.some("Tea")
}

const adjustment = (
  sku: string,
  delta: number,
  overrides: Partial<StockAdjustment> = {}
): StockAdjustment => ({
  sku,
  delta,
  reason: "delivery",
  actorId: adminId,
  idempotencyKey: Option.none(),
  at: time(),
  ...overrides
})

export const productStoreContract = <E>(
  name: string,
  stores: Layer.Layer<ProductStore | OrderStore | StoreProbe, E>
): void =>
  layer(stores, { excludeTestServices: true })(name, (it) => {
    it.effect(
      "a product is created with no stock, found, and changed without losing its stock",
      () =>
        Effect.gen(function* () {
          const store = yield* ProductStore
          const sku = unique("SKU")
          const product = { sku, name: "Tea", unitPrice: 350, currency: "EUR" }
          assert.isTrue(Option.isNone(yield* store.find(sku)))
          assert.deepStrictEqual(yield* store.put(product, time()), {
            product: { ...product, ...bare, available: 0 },
            before: Option.none()
          })
          yield* store.adjust(adjustment(sku, 7))
          const dearer = { ...product, name: "Green tea", unitPrice: 400 }
          const whole = { ...dearer, ...bare, available: 7 }
          assert.deepStrictEqual(yield* store.put(dearer, time(1)), {
            product: whole,
            before: Option.some({ ...product, ...bare, available: 7 })
          })
          assert.deepStrictEqual(yield* store.find(sku), Option.some(whole))
        })
    )

    it.effect("of 10 concurrent puts of a new SKU one creates it", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const product = { sku: unique("SKU"), name: "Tea", unitPrice: 350, currency: "EUR" }
        const puts = yield* Effect.all(
          Array.from({ length: 10 }, () => store.put(product, time())),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(puts.filter(({ before }) => Option.isNone(before)).length, 1)
      })
    )

    it.effect(
      "a removed product is neither found, listed nor adjusted, and is restored with its stock",
      () =>
        Effect.gen(function* () {
          const store = yield* ProductStore
          const sku = yield* stocked(5)
          const before = yield* store.find(sku)
          assert.deepStrictEqual(yield* store.remove(sku, time()), before)
          assert.deepStrictEqual(yield* store.remove(sku, time()), Option.none())
          assert.deepStrictEqual(yield* store.remove(unique("SKU"), time()), Option.none())
          assert.isTrue(Option.isNone(yield* store.find(sku)))
          assert.deepStrictEqual(yield* store.list(query({ q: Option.some(sku) })), [])
          assert.deepStrictEqual(yield* store.adjust(adjustment(sku, 1)), {
            _tag: "UnknownProduct"
          })
          yield* assertBooks(sku, { available: 5, reserved: 0 })
          const back = { sku, name: "Back", unitPrice: 1, currency: "EUR" }
          assert.deepStrictEqual(yield* store.put(back, time()), {
            product: { ...back, ...bare, available: 5 },
            before: Option.none()
          })
        })
    )

    it.effect("a field that a put or a change leaves out stays, and None clears it", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = unique("SKU")
        const product = { sku, name: "Tea", unitPrice: 350, currency: "EUR" }
        const whole = { ...product, ...described, active: true, available: 0 }
        assert.deepStrictEqual(yield* store.put({ ...product, ...described }, time()), {
          product: whole,
          before: Option.none()
        })
        const dearer = { ...whole, unitPrice: 400 }
        assert.deepStrictEqual(yield* store.put({ ...product, unitPrice: 400 }, time(1)), {
          product: dearer,
          before: Option.some(whole)
        })
        const change = { name: unique("Green"), picture: Option.none() }
        const changed = { ...dearer, ...change }
        assert.deepStrictEqual(
          yield* store.change(sku, change, time(2)),
          Option.some({ product: changed, before: dearer })
        )
        assert.deepStrictEqual(yield* store.find(sku), Option.some(changed))
        assert.deepStrictEqual(
          yield* store.change(sku, {}, time(3)),
          Option.some({ product: changed, before: changed })
        )
        // A search knows the new name.
        const found = yield* store.list(query({ q: Option.some(change.name) }))
        assert.deepStrictEqual(found, [changed])
        assert.isTrue(Option.isNone(yield* store.change(unique("SKU"), change, time())))
      })
    )

    it.effect("an inactive product is found and listed only on request", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(5)
        const shown = (active: Option.Option<boolean>) =>
          Effect.map(store.list(query({ q: Option.some(sku), active })), (products) =>
            products.map((product) => [product.sku, product.active])
          )
        yield* store.change(sku, { active: false }, time(1))
        assert.isTrue(Option.isNone(yield* store.find(sku)))
        const kept = Option.getOrThrow(yield* store.findInCatalogue(sku))
        assert.deepInclude(kept, { active: false, available: 5 })
        assert.deepStrictEqual(yield* shown(Option.some(true)), [])
        assert.deepStrictEqual(yield* shown(Option.some(false)), [[sku, false]])
        assert.deepStrictEqual(yield* shown(Option.none()), [[sku, false]])
        const low = yield* store.listLow(5, 1000)
        assert.isFalse(low.some((product) => product.sku === sku))
        // Its stock and its texts can be made ready.
        assert.deepInclude(yield* store.adjust(adjustment(sku, 2)), { available: 7 })
        yield* store.change(sku, described, time(2))
        const back = Option.getOrThrow(yield* store.change(sku, { active: true }, time(3)))
        assert.deepStrictEqual(back.before, { ...kept, ...described, available: 7 })
        assert.deepStrictEqual(
          yield* store.find(sku),
          Option.some({ ...kept, ...described, available: 7, active: true })
        )
        assert.deepStrictEqual(yield* shown(Option.some(false)), [])
        assert.deepStrictEqual(yield* shown(Option.none()), [[sku, true]])
      })
    )

    it.effect("a put makes it active, unless the put says inactive", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const product = { sku: unique("SKU"), name: "Tea", unitPrice: 350, currency: "EUR" }
        const put = (active: { readonly active?: boolean }, seconds: number) =>
          Effect.map(store.put({ ...product, ...active }, time(seconds)), (result) => [
            result.product.active,
            Option.getOrUndefined(Option.map(result.before, (before) => before.active))
          ])
        assert.deepStrictEqual(yield* put({ active: false }, 0), [false, undefined])
        assert.isTrue(Option.isNone(yield* store.find(product.sku)))
        assert.deepStrictEqual(yield* put({ active: false }, 1), [false, false])
        assert.deepStrictEqual(yield* put({}, 2), [true, false])
        assert.isTrue(Option.isSome(yield* store.find(product.sku)))
        assert.deepStrictEqual(yield* put({ active: false }, 3), [false, true])
      })
    )

    it.effect("an inactive one can be removed, and is not changed after that", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(5)
        yield* store.change(sku, { active: false }, time())
        const removed = Option.getOrThrow(yield* store.remove(sku, time()))
        assert.deepInclude(removed, { sku, active: false, available: 5 })
        assert.isTrue(Option.isNone(yield* store.remove(sku, time())))
        assert.isTrue(Option.isNone(yield* store.findInCatalogue(sku)))
        assert.isTrue(Option.isNone(yield* store.change(sku, { active: true }, time())))
        const everywhere = query({ q: Option.some(sku), active: Option.none() })
        assert.deepStrictEqual(yield* store.list(everywhere), [])
        assert.deepStrictEqual(yield* store.adjust(adjustment(sku, 1)), { _tag: "UnknownProduct" })
      })
    )

    it.effect("an order of an inactive one is refused, and earlier orders stay as they are", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const [sku, other] = [yield* stocked(5), yield* stocked(5)]
        const earlier = yield* placed(draft([{ sku, quantity: 2 }]))
        yield* store.change(sku, { active: false }, time(1))
        const lines = [sku, other].map((each) => ({ sku: each, quantity: 1 }))
        assert.deepStrictEqual(yield* placeOne(draft(lines)), { _tag: "UnknownSku", skus: [sku] })
        yield* assertBooks(sku, { available: 3, reserved: 2 })
        yield* assertBooks(other, { available: 5, reserved: 0 })
        const orders = yield* OrderStore
        assert.deepStrictEqual(yield* orders.find(earlier.id), Option.some(earlier))
        yield* orders.change(earlier.id, "cancel", time(2))
        yield* assertBooks(sku, { available: 5, reserved: 0 })
        yield* store.change(sku, { active: true }, time(3))
        yield* placed(draft(lines))
      })
    )

    it.effect("no order is placed for one after it became inactive, under concurrent orders", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(100)
        const orders = Effect.all(
          Array.from({ length: 20 }, () => placeOne(draft([{ sku, quantity: 1 }]))),
          { concurrency: 5 }
        )
        const pieces = Effect.gen(function* () {
          const change = yield* store.change(sku, { active: false }, time(1))
          return Option.getOrThrow(change).before.available
        })
        const [placements, left] = yield* Effect.all([orders, pieces], {
          concurrency: "unbounded"
        })
        const count = placements.filter(({ _tag }) => _tag === "Placed").length
        for (const { _tag } of placements) assert.include(["Placed", "UnknownSku"], _tag)
        // Each piece that was taken was taken before.
        assert.strictEqual(100 - count, left)
        yield* assertBooks(sku, { available: left, reserved: count })
      })
    )

    it.effect("a category is listed by SKU, in pages, of active or of inactive products", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const [name, prefix] = [unique("Category"), unique("CAT")]
        const category = Option.some(name)
        const names = ["alpha", "bravo", "charlie", "delta", "echo"]
        for (const n of [3, 1, 4, 2, 5])
          yield* store.put(
            {
              ...{ sku: `${prefix}-${n}`, name: names[n - 1] ?? "" },
              ...{ unitPrice: 1, currency: "EUR", category },
              ...(n === 4 ? { active: false } : {})
            },
            time()
          )
        yield* store.put({ sku: `${prefix}-6`, name: "x", unitPrice: 1, currency: "EUR" }, time())
        yield* store.remove(`${prefix}-5`, time())
        const listed = (overrides: Partial<ProductQuery>) =>
          Effect.map(store.list(query(overrides)), (products) =>
            products.map(({ sku }) => Number(sku.at(-1)))
          )
        assert.deepStrictEqual(yield* listed({ category }), [1, 2, 3])
        assert.deepStrictEqual(yield* listed({ category, limit: 2 }), [1, 2])
        const after = Option.some(`${prefix}-2`)
        assert.deepStrictEqual(yield* listed({ category, after }), [3])
        assert.deepStrictEqual(yield* listed({ category, active: Option.some(false) }), [4])
        assert.deepStrictEqual(yield* listed({ category, active: Option.none() }), [1, 2, 3, 4])
        const paged = { category, active: Option.none(), after, limit: 1 }
        assert.deepStrictEqual(yield* listed(paged), [3])
        assert.deepStrictEqual(yield* listed({ category, q: Option.some(`${prefix} bravo`) }), [2])
        assert.deepStrictEqual(yield* listed({ q: Option.some(prefix) }), [1, 2, 3, 6])
        // As it is written.
        const other = Option.some(name.toLowerCase())
        assert.deepStrictEqual(yield* listed({ category: other }), [])
      })
    )

    it.effect("pages are in order of SKU and complete, also while products are created", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const prefix = unique("PAGED")
        const put = (n: number) =>
          store.put(
            {
              sku: `${prefix}-${String(n).padStart(2, "0")}`,
              name: "x",
              unitPrice: 1,
              currency: "EUR"
            },
            time()
          )
        yield* Effect.forEach([8, 2, 6, 4], put)
        const page = (after: Option.Option<string>) =>
          Effect.map(store.list(query({ after, limit: 2, q: Option.some(prefix) })), (products) =>
            products.map(({ sku }) => sku.slice(prefix.length + 1))
          )
        assert.deepStrictEqual(yield* page(Option.none()), ["02", "04"])
        yield* Effect.forEach([1, 5], put)
        assert.deepStrictEqual(yield* page(Option.some(`${prefix}-04`)), ["05", "06"])
        assert.deepStrictEqual(yield* page(Option.some(`${prefix}-06`)), ["08"])
        assert.deepStrictEqual(yield* page(Option.some(`${prefix}-08`)), [])
      })
    )

    for (const [name, found, not] of [
      [
        "Café crème",
        ["cafe", "CAFÉ", "caf", "cafe\u0301", "creme cafe", "c c"],
        ["reme", "cafes", "cafe noir"]
      ],
      [
        "İstanbul ISPARTA",
        ["istanbul", "ISTANBUL", "ıstanbul", "İst", "isparta", "ısparta"],
        ["stanbul"]
      ],
      ["Straße ΟΔΟΣ Łódź", ["strasse", "STRASSE", "straß", "οδός", "οδοσ", "lodz"], ["trasse"]],
      [
        "50% (a+b)* [x] \\d $^ Été",
        ["% (A+B)* [", "\\D $^", "été", "5.%", "$x"],
        [".*", "$", "^", "\0", "", " "]
      ],
      [
        "one two three four five six",
        ["six five four three two one", "o t f s"],
        ["one two three four five sixt"]
      ],
      ["東京の珈琲豆", ["東京", "京", "珈琲豆", "東京 珈琲"], ["京東", "豆珈"]]
    ] as const)
      it.effect(`a search for "${found[0]}" finds "${name}": by words, and how they begin`, () =>
        Effect.gen(function* () {
          const store = yield* ProductStore
          const sku = unique("FIND")
          yield* store.put({ sku, name, unitPrice: 1, currency: "EUR" }, time())
          const finds = (q: string) =>
            // After a SKU that comes before, and so by its condition too.
            Effect.forEach([Option.none(), Option.some("FIND-")], (after) =>
              Effect.map(store.list(query({ after, limit: 1000, q: Option.some(q) })), (products) =>
                products.some((product) => product.sku === sku)
              )
            )
          for (const q of found) assert.deepStrictEqual(yield* finds(q), [true, true], q)
          for (const q of not) assert.deepStrictEqual(yield* finds(q), [false, false], q)
        })
      )

    it.effect(
      "a search finds a SKU by its beginning, ignoring case, and a changed name only by its new words",
      () =>
        Effect.gen(function* () {
          const store = yield* ProductStore
          const sku = unique("Sku.7_x")
          const found = (q: string) =>
            Effect.map(store.list(query({ q: Option.some(q) })), (products) =>
              products.map((product) => product.sku)
            )
          const name = unique("Old")
          yield* store.put({ sku, name, unitPrice: 1, currency: "EUR" }, time())
          for (const q of [sku, sku.toUpperCase(), sku.slice(0, -1), `${sku} ${name}`])
            assert.deepStrictEqual(yield* found(q), [sku], q)
          assert.deepStrictEqual(yield* found(sku.slice(1)), [])
          const renamed = unique("New")
          yield* store.put({ sku, name: renamed, unitPrice: 1, currency: "EUR" }, time())
          assert.deepStrictEqual(yield* found(name), [])
          assert.deepStrictEqual(yield* found(renamed), [sku])
        })
    )

    it.effect("stock moves up and down, never below 0", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(5)
        assert.deepStrictEqual(yield* store.adjust(adjustment(sku, -3)), {
          _tag: "Adjusted",
          available: 2,
          replayed: false
        })
        assert.deepStrictEqual(yield* store.adjust(adjustment(sku, -3)), {
          _tag: "Insufficient",
          available: 2
        })
        assert.deepStrictEqual(yield* store.adjust(adjustment(unique("SKU"), 1)), {
          _tag: "UnknownProduct"
        })
        yield* assertBooks(sku, { available: 2, reserved: 0 })
      })
    )

    it.effect("of 20 concurrent withdrawals of 1 from a stock of 8, 8 succeed", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(8)
        const outcomes = yield* Effect.all(
          Array.from({ length: 20 }, () => store.adjust(adjustment(sku, -1))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Adjusted").length, 8)
        assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Insufficient").length, 12)
        yield* assertBooks(sku, { available: 0, reserved: 0 })
      })
    )

    it.effect("a known key returns the first result and moves nothing, only for its actor", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(0)
        const idempotencyKey = uniqueKey()
        const adjust = (delta: number, overrides: Partial<StockAdjustment> = {}) =>
          store.adjust(adjustment(sku, delta, { idempotencyKey, ...overrides }))
        assert.deepInclude(yield* adjust(4), { available: 4, replayed: false })
        yield* store.adjust(adjustment(sku, 10))
        assert.deepInclude(yield* adjust(4), { available: 4, replayed: true })
        assert.deepStrictEqual(yield* adjust(5), { _tag: "KeyMismatch" })
        assert.deepStrictEqual(yield* adjust(4, { reason: "other" }), { _tag: "KeyMismatch" })
        assert.deepInclude(yield* adjust(4, { actorId: UserId.make("another") }), {
          available: 18,
          replayed: false
        })
        yield* assertBooks(sku, { available: 18, reserved: 0 })
      })
    )

    it.effect("a refused adjustment may be tried again under its key", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(1)
        const withdrawal = adjustment(sku, -2, { idempotencyKey: uniqueKey() })
        assert.deepInclude(yield* store.adjust(withdrawal), { _tag: "Insufficient" })
        yield* store.adjust(adjustment(sku, 1))
        assert.deepInclude(yield* store.adjust(withdrawal), { available: 0, replayed: false })
      })
    )

    it.effect("10 concurrent twins under one key move the stock once", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(0)
        const twin = adjustment(sku, 3, { idempotencyKey: uniqueKey() })
        const outcomes = yield* Effect.all(
          Array.from({ length: 10 }, () => store.adjust(twin)),
          { concurrency: "unbounded" }
        )
        for (const outcome of outcomes) assert.deepInclude(outcome, { available: 3 })
        const fresh = outcomes.filter((outcome) => outcome._tag === "Adjusted" && !outcome.replayed)
        assert.strictEqual(fresh.length, 1)
        yield* assertBooks(sku, { available: 3, reserved: 0 })
      })
    )

    it.effect("finds only the keys with which an actor has moved stock", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(1)
        const [used, other, refused, fresh] = [uniqueKey(), uniqueKey(), uniqueKey(), uniqueKey()]
        yield* store.adjust(adjustment(sku, 1, { idempotencyKey: used }))
        yield* store.adjust(adjustment(sku, 1, { idempotencyKey: other }))
        yield* store.adjust(adjustment(sku, -9, { idempotencyKey: refused }))
        const asked = [used, refused, fresh].map(Option.getOrThrow)
        const [found = ""] = asked
        assert.deepStrictEqual(yield* store.findUsedKeys(adminId, asked), new Set([found]))
        const stranger = UserId.make(unique("user"))
        assert.deepStrictEqual(yield* store.findUsedKeys(stranger, asked), new Set())
        assert.deepStrictEqual(yield* store.findUsedKeys(adminId, []), new Set())
      })
    )

    it.effect(
      "the stock audit has every SKU once, ascending, also removed ones, and counts reserved pieces",
      () =>
        Effect.gen(function* () {
          const store = yield* ProductStore
          const sku = yield* stocked(10)
          yield* placed(draft([{ sku, quantity: 4 }]))
          yield* store.remove(sku, time())
          assert.deepStrictEqual(yield* auditOf(sku), { sku, available: 6, moved: 10, reserved: 4 })
          const skus = (yield* store.audit).map((line) => line.sku)
          assert.deepStrictEqual(
            skus,
            Array.from(new Set(skus)).sort((a, b) => (a < b ? -1 : 1))
          )
        })
    )

    it.effect("the stock audit finds stock without a movement, and a SKU that lost its stock", () =>
      Effect.gen(function* () {
        const sku = yield* stocked(10)
        const sound = yield* stocked(10)
        for (const planted of [11, 9, -1]) {
          yield* StoreProbe.use((probe) => probe.setAvailable(sku, planted))
          const line = yield* auditOf(sku)
          assert(line !== undefined)
          assert.strictEqual(line.available, planted)
          assert.isFalse(isBalanced(line))
          yield* assertBooks(sound, { available: 10, reserved: 0 })
        }
        // A sound end, so that later looks at all books see nothing of this.
        yield* StoreProbe.use((probe) => probe.setAvailable(sku, 10))
      })
    )

    it.effect("the stock audit finds a piece that was sold twice, though the sums agree", () =>
      Effect.gen(function* () {
        const { setAvailable } = yield* StoreProbe
        const sku = yield* stocked(1)
        yield* setAvailable(sku, 2)
        const { id } = yield* placed(draft([{ sku, quantity: 2 }]))
        yield* setAvailable(sku, -1)
        const line = yield* auditOf(sku)
        assert.deepStrictEqual(line, { sku, available: -1, moved: 1, reserved: 2 })
        assert(line !== undefined)
        assert.isFalse(isBalanced(line))
        // A sound end here too.
        yield* OrderStore.use((store) => store.change(id, "cancel", time(1)))
        yield* assertBooks(sku, { available: 1, reserved: 0 })
      })
    )

    it.effect("the stock audit is balanced at every moment while stock and orders change", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const sku = yield* stocked(100)
        const moving = Effect.all(
          Array.from({ length: 10 }, () =>
            Effect.andThen(placed(draft([{ sku, quantity: 2 }])), store.adjust(adjustment(sku, 1)))
          ),
          { concurrency: 4 }
        )
        const watching = Effect.gen(function* () {
          for (let looks = 0; looks < 15; looks++) {
            const line = yield* auditOf(sku)
            assert(line !== undefined)
            assert.isTrue(isBalanced(line), JSON.stringify(line))
          }
        })
        yield* Effect.all([moving, watching], { concurrency: "unbounded" })
        assert.strictEqual(yield* available(sku), 90)
      })
    )

    it.effect(
      "the movements of a product are listed newest first, page by page, also of a removed one",
      () =>
        Effect.gen(function* () {
          const store = yield* ProductStore
          const [sku, other] = [yield* stocked(10), yield* stocked(1)]
          for (const delta of [-1, 2]) yield* store.adjust(adjustment(sku, delta))
          yield* store.adjust(adjustment(other, 5))
          yield* store.remove(sku, time())
          const page = Effect.fnUntraced(function* (before: Option.Option<string>, limit: number) {
            const found = yield* store.listMovements({ sku, before, limit })
            return Option.getOrThrow(found)
          })
          const [newest, middle, ...more] = yield* page(Option.none(), 2)
          assert(newest !== undefined && middle !== undefined)
          assert.lengthOf(more, 0)
          assert.deepStrictEqual(newest.movement, {
            ...adjustment(sku, 2),
            availableAfter: 11
          })
          const rest = yield* page(Option.some(middle.id), 2)
          assert.deepStrictEqual(
            [newest, middle, ...rest].map(({ movement }) => movement.delta),
            [2, -1, 10]
          )
          for (const { id } of [newest, middle, ...rest]) assert.match(id, /^[0-9a-f]{24}$/u)
        })
    )

    it.effect(
      "the list is empty for a product without movements, and None for an unknown product",
      () =>
        Effect.gen(function* () {
          const store = yield* ProductStore
          const sku = unique("SKU")
          const query = { sku, before: Option.none(), limit: 2 }
          assert.deepStrictEqual(yield* store.listMovements(query), Option.none())
          yield* store.put({ sku, name: "Tea", unitPrice: 350, currency: "EUR" }, time())
          assert.deepStrictEqual(yield* store.listMovements(query), Option.some([]))
        })
    )

    it.effect("low stock is listed with the fewest pieces first, of active products only", () =>
      Effect.gen(function* () {
        const store = yield* ProductStore
        const lowest = unique("SKU")
        yield* store.put({ sku: lowest, name: "Tea", unitPrice: 350, currency: "EUR" }, time())
        const low = yield* stocked(7)
        const enough = yield* stocked(8)
        const gone = yield* stocked(1)
        yield* store.remove(gone, time())
        const found = yield* store.listLow(7, 1000)
        const skus = found.map(({ sku }) => sku)
        assert.isBelow(skus.indexOf(lowest), skus.indexOf(low))
        assert.includeMembers(skus, [lowest, low])
        assert.notIncludeMembers(skus, [enough])
        assert.notIncludeMembers(skus, [gone])
        const pieces = found.map((product) => product.available)
        assert.deepStrictEqual(
          pieces,
          pieces.toSorted((a, b) => a - b)
        )
        assert.lengthOf(yield* store.listLow(7, 1), 1)
        // It leaves the list with its stock.
        yield* store.adjust(adjustment(low, 200))
        const later = yield* store.listLow(7, 1000)
        assert.isFalse(later.some(({ sku }) => sku === low))
      })
    )
  })
