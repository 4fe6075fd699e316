// The catalogue and its stock in this process's memory: each call is one synchronous step.
import { Effect, Layer, Option } from "effect"
import { reservingStatuses } from "../../services/orders/model/OrderStatus.ts"
import type { Product } from "../../services/products/model/Product.ts"
import { auditLines } from "../../services/products/model/StockAudit.ts"
import { decideAdjustment } from "../../services/products/model/StockMovement.ts"
import { wordsOf, wordsOfProduct } from "../../services/products/model/search.ts"
import { ProductStore } from "../../services/products/ports/ProductStore.ts"
import { MemoryDatabase } from "./MemoryDatabase.ts"

const isFoundBy = (words: ReadonlyArray<string>, sought: ReadonlyArray<string>): boolean =>
  sought.length > 0 && sought.every((part) => words.some((word) => word.startsWith(part)))

/** Movements are added at the end alone. */
const movementId = (index: number): string => index.toString(16).padStart(24, "0")

const isBefore = (id: string, before: Option.Option<string>): boolean =>
  Option.isNone(before) || id < before.value

export const layer: Layer.Layer<ProductStore, never, MemoryDatabase> = Layer.effect(
  ProductStore,
  Effect.gen(function* () {
    const { products, movements, orders, moveStock } = yield* MemoryDatabase

    const find = (sku: string): Option.Option<Product> =>
      Option.fromUndefinedOr(products.get(sku)).pipe(
        Option.filter(({ forSale }) => forSale),
        Option.map(({ product }) => product)
      )

    return ProductStore.of({
      list: ({ after, limit, q }) =>
        Effect.sync(() => {
          const sought = Option.map(q, wordsOf)
          return Array.from(products.values())
            .filter(({ forSale }) => forSale)
            .filter(({ words }) => Option.isNone(sought) || isFoundBy(words, sought.value))
            .map(({ product }) => product)
            .filter(({ sku }) => Option.isNone(after) || sku > after.value)
            .sort((a, b) => (a.sku < b.sku ? -1 : 1))
            .slice(0, limit)
        }),

      find: (sku) => Effect.sync(() => find(sku)),

      put: ({ sku, name, unitPrice, currency }) =>
        Effect.sync(() => {
          const before = find(sku)
          const available = products.get(sku)?.product.available ?? 0
          const product = { sku, name, unitPrice, currency, available }
          products.set(sku, { product, forSale: true, words: wordsOfProduct(product) })
          return { product, before }
        }),

      remove: (sku) =>
        Effect.sync(() => {
          const product = find(sku)
          const stored = products.get(sku)
          if (stored !== undefined) products.set(sku, { ...stored, forSale: false })
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
          const { outcome, movement } = decideAdjustment(adjustment, earlier, find(adjustment.sku))
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
            .filter(({ forSale, product }) => forSale && product.available <= pieces)
            .map(({ product }) => product)
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
