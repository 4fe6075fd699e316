// Use cases of admins: the catalogue and its stock.
import { Effect, Option } from "effect"
import type { Details } from "../audit/AuditEvent.ts"
import { audited } from "../audit/audit.ts"
import { IdempotencyMismatch } from "../IdempotencyMismatch.ts"
import { now } from "../time.ts"
import { InsufficientStock, ProductNotFound } from "./model/errors.ts"
import type { Product } from "./model/Product.ts"
import type { StockAdjustment } from "./model/StockMovement.ts"
import { ProductStore } from "./ports/ProductStore.ts"

export const putProduct = Effect.fn("putProduct")(function* (product: Omit<Product, "available">) {
  const at = yield* now
  const { sku } = product
  const { product: saved, before } = yield* audited(
    ProductStore.use((store) => store.put(product, at)),
    (result) =>
      Option.map(changeOf(result.before, result.product), (details) => ({
        kind: "product_saved",
        subject: { sku },
        details
      }))
  )
  return { product: saved, created: Option.isNone(before) }
})

const priceOf = ({ unitPrice, currency }: Product) => ({ unitPrice, currency })

/** None where nothing changed. A name is free text, which no event has: it says only that it is another one. */
const changeOf = (before: Option.Option<Product>, after: Product): Option.Option<Details> =>
  Option.match(before, {
    onNone: () => Option.some({ after: priceOf(after) }),
    onSome: (old) => {
      const renamed = old.name !== after.name
      const isSame =
        !renamed && old.unitPrice === after.unitPrice && old.currency === after.currency
      return isSame
        ? Option.none()
        : Option.some({ before: priceOf(old), after: priceOf(after), renamed })
    }
  })

export const removeProduct = Effect.fn("removeProduct")(function* (sku: string) {
  const at = yield* now
  const removed = yield* audited(
    ProductStore.use((store) => store.remove(sku, at)),
    Option.map((product) => ({
      kind: "product_removed",
      subject: { sku },
      details: { before: priceOf(product) }
    }))
  )
  if (Option.isNone(removed)) return yield* new ProductNotFound({ sku })
})

export const adjustStock = Effect.fn("adjustStock")(function* (
  adjustment: Omit<StockAdjustment, "at">
) {
  const at = yield* now
  const { sku, delta } = adjustment
  const outcome = yield* audited(
    ProductStore.use((store) => store.adjust({ ...adjustment, at })),
    (result) =>
      result._tag === "Adjusted" && !result.replayed
        ? Option.some({
            kind: "stock_adjusted",
            subject: { sku },
            details: {
              delta,
              reason: adjustment.reason,
              before: { available: result.available - delta },
              after: { available: result.available }
            }
          })
        : Option.none()
  )
  switch (outcome._tag) {
    case "UnknownProduct":
      return yield* new ProductNotFound({ sku })
    case "Insufficient":
      return yield* new InsufficientStock({ sku, delta, available: outcome.available })
    case "KeyMismatch":
      return yield* new IdempotencyMismatch()
    case "Adjusted": {
      const { available, replayed } = outcome
      return { sku, available, replayed }
    }
  }
})
