// The catalogue and its stock in this process's memory: each call is one synchronous step.
import { Effect, Equal, Layer, Option } from "effect"
import { reservingStatuses } from "../../services/orders/model/OrderStatus.ts"
import { changeProduct, putInPlaceOf } from "../../services/products/model/changeProduct.ts"
import type { Product } from "../../services/products/model/Product.ts"
import { auditLines } from "../../services/products/model/StockAudit.ts"
import { decideAdjustment } from "../../services/products/model/StockMovement.ts"
import { wordsOf, wordsOfProduct } from "../../services/products/model/search.ts"
import { ProductStore } from "../../services/products/ports/ProductStore.ts"
import { isForSale, MemoryDatabase, type StoredProduct } from "./MemoryDatabase.ts"

const isFoundBy = (words: ReadonlyArray<string>, sought: ReadonlyArray<string>): boolean =>
  sought.length > 0 && sought.every((part) => words.some((word) => word.startsWith(part)))

const productOf = ({ product }: StoredProduct): Product => product

/** Movements are added at the end alone. */
const movementId = (index: number): string => index.toString(16).padStart(24, "0")

const isBefore = (id: string, before: Option.Option<string>): boolean =>
  Option.isNone(before) || id < before.value

export const layer: Layer.Layer<ProductStore, never, MemoryDatabase> = Layer.effect(
  ProductStore,
  Effect.gen(function* () {
    const { products, movements, orders, moveStock } = yield* MemoryDatabase

    const findStored = (sku: string) => Option.fromUndefinedOr(products.get(sku))

    const findInCatalogue = (sku: string): Option.Option<Product> =>
      findStored(sku).pipe(
        Option.filter(({ removed }) => !removed),
        Option.map(({ product }) => product)
      )

    const save = (product: Product): void => {
      products.set(product.sku, { product, removed: false, words: wordsOfProduct(product) })
    }

    return ProductStore.of({
      list: ({ after, limit, q, category, active }) =>
        Effect.sync(() => {
          const sought = Option.map(q, wordsOf)
          return Array.from(products.values())
            .filter(({ removed }) => !removed)
            .filter(({ words }) => Option.isNone(sought) || isFoundBy(words, sought.value))
            .map(({ product }) => product)
            .filter((product) => Option.isNone(active) || product.active === active.value)
            .filter(
              (product) => Option.isNone(category) || Equal.equals(product.category, category)
            )
            .filter(({ sku }) => Option.isNone(after) || sku > after.value)
            .sort((a, b) => (a.sku < b.sku ? -1 : 1))
            .slice(0, limit)
        }),

      find: (sku) =>
        Effect.sync(() => Option.map(Option.filter(findStored(sku), isForSale), productOf)),

      findInCatalogue: (sku) => Effect.sync(() => findInCatalogue(sku)),

      put: (put) =>
        Effect.sync(() => {
          const before = findInCatalogue(put.sku)
          const product = putInPlaceOf(Option.map(findStored(put.sku), productOf), put)
          save(product)
          return { product, before }
        }),

      change: (sku, changes) =>
        Effect.sync(() =>
          Option.map(findInCatalogue(sku), (before) => {
            const product = changeProduct(before, changes)
            save(product)
            return { product, before }
          })
        ),

      remove: (sku) =>
        Effect.sync(() => {
          const product = findInCatalogue(sku)
          const stored = products.get(sku)
          if (stored !== undefined) products.set(sku, { ...stored, removed: true })
          return product
        }),

      adjust: (adjustment) =>
        Effect.sync(() => {
          const earlier = Option.flatMap(adjustment.idempotencyKey, (key) =>
            Option.fromUndefinedOr(
              movements.find(
                ({ actorId, idempotencyKey }) =>
                  Option.contains(idempotencyKey, key) && actorId === adjustment.actorId
              )
            )
          )
          const { outcome, movement } = decideAdjustment(
            adjustment,
            earlier,
            findInCatalogue(adjustment.sku)
          )
          if (Option.isSome(movement)) {
            moveStock(movement.value.sku, movement.value.delta)
            movements.push(movement.value)
          }
          return outcome
        }),

      findUsedKeys: (actorId, idempotencyKeys) =>
        Effect.sync(() => {
          const asked = new Set(idempotencyKeys)
          const used = movements
            .filter((movement) => movement.actorId === actorId)
            .flatMap(({ idempotencyKey }) => Option.toArray(idempotencyKey))
          return new Set(used.filter((key) => asked.has(key)))
        }),

      listMovements: ({ sku, before, limit }) =>
        Effect.sync(() =>
          products.has(sku)
            ? Option.some(
                movements
                  .map((movement, i) => ({ id: movementId(i), movement }))
                  .filter(({ id, movement }) => movement.sku === sku && isBefore(id, before))
                  .toReversed()
                  .slice(0, limit)
              )
            : Option.none()
        ),

      listLow: (pieces, limit) =>
        Effect.sync(() =>
          Array.from(products.values())
            .filter((stored) => isForSale(stored) && stored.product.available <= pieces)
            .map(productOf)
            .toSorted((a, b) => a.available - b.available || (a.sku < b.sku ? -1 : 1))
            .slice(0, limit)
        ),

      audit: Effect.sync(() => {
        const moved = new Map<string, number>()
        const reserved = new Map<string, number>()
        for (const { sku, delta } of movements) moved.set(sku, (moved.get(sku) ?? 0) + delta)
        for (const { order } of orders.values())
          if (reservingStatuses.includes(order.status))
            for (const { sku, quantity } of order.items)
              reserved.set(sku, (reserved.get(sku) ?? 0) + quantity)
        const available = new Map(
          Array.from(products, ([sku, { product }]) => [sku, product.available])
        )
        return auditLines({ available, moved, reserved })
      })
    })
  })
)
