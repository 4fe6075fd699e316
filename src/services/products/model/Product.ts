// A product of the catalogue and its stock that no order has reserved. One that is active is for sale.
import { type Option, Schema } from "effect"
import { Currency } from "./money.ts"

/** The highest price: keeps every total of an order exact (see `total`). */
export const maxUnitPrice = 1_000_000_000
export const maxQuantity = 1000
/** In characters. */
export const maxDescription = 2000
export const maxPicture = 500
export const maxCategory = 60

export const UnitPrice = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: maxUnitPrice }))
/** Merged lines may exceed the limit of one line, so only the lower bound holds everywhere. */
export const Quantity = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** The fields of a product for sale that an order uses. */
export const Offer = Schema.Struct({
  sku: Schema.String,
  name: Schema.String,
  unitPrice: UnitPrice,
  currency: Currency,
  /** Pieces that can still be ordered. */
  available: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type Offer = typeof Offer.Type

const Text = Schema.OptionFromNullOr(Schema.String)

export const Product = Schema.Struct({
  ...Offer.fields,
  description: Text,
  /** An https URL. */
  picture: Text,
  category: Text,
  /** False: staff see it in the catalogue, and customers can neither see nor order it. */
  active: Schema.Boolean
})
export type Product = typeof Product.Type

/** An absent field stays as it is; None clears the field. */
export interface ProductChanges {
  readonly name?: string
  readonly unitPrice?: number
  readonly currency?: Currency
  readonly description?: Option.Option<string>
  readonly picture?: Option.Option<string>
  readonly category?: Option.Option<string>
  readonly active?: boolean
}

/** A product that becomes active, unless it says otherwise. */
export type NewProduct = ProductChanges & Pick<Product, "sku" | "name" | "unitPrice" | "currency">
