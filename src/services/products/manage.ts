// Use cases of admins: the catalogue and its stock.
import { Effect } from "effect"
import { IdempotencyMismatch } from "../orders/errors.ts"
import { now } from "../time.ts"
import { InsufficientStock, ProductNotFound } from "./errors.ts"
import type { Product } from "./Product.ts"
import { ProductStore, type StockAdjustment } from "./ProductStore.ts"

export const putProduct = Effect.fn("putProduct")(function* (product: Omit<Product, "available">) {
  const at = yield* now
  return yield* ProductStore.use((store) => store.put(product, at))
})

export const removeProduct = Effect.fn("removeProduct")(function* (sku: string) {
  const at = yield* now
  const removed = yield* ProductStore.use((store) => store.remove(sku, at))
  if (!removed) return yield* new ProductNotFound({ sku })
})

export const adjustStock = Effect.fn("adjustStock")(function* (
  adjustment: Omit<StockAdjustment, "at">
) {
  const at = yield* now
  const outcome = yield* ProductStore.use((store) => store.adjust({ ...adjustment, at }))
  const { sku, delta } = adjustment
  switch (outcome._tag) {
    case "UnknownProduct":
      return yield* new ProductNotFound({ sku })
    case "Insufficient":
      return yield* new InsufficientStock({ sku, delta, available: outcome.available })
    case "KeyMismatch":
      return yield* new IdempotencyMismatch()
    case "Adjusted": {
      const { available, replayed } = outcome
      if (!replayed)
        yield* Effect.logInfo("stock adjusted", { sku, delta, actorId: adjustment.actorId })
      return { sku, available, replayed }
    }
  }
})
