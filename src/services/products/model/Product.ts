// A product for sale and the stock of it that nobody has reserved.
import { Schema } from "effect"
import { Currency } from "./money.ts"

/** The highest price: keeps every total of an order exact (see `total`). */
export const maxUnitPrice = 1_000_000_000
export const maxQuantity = 1000

export const UnitPrice = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: maxUnitPrice }))
/** Merged lines may exceed what one line may ask for, so only the lower bound holds everywhere. */
export const Quantity = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

export const Product = Schema.Struct({
  sku: Schema.String,
  name: Schema.String,
  unitPrice: UnitPrice,
  currency: Currency,
  /** Pieces that can still be ordered. */
  available: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type Product = typeof Product.Type
