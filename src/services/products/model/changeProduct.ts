// Applies a change to a product, in the same way for every store.
import { Option } from "effect"
import type { NewProduct, Product, ProductChanges } from "./Product.ts"

export const changeProduct = (product: Product, changes: ProductChanges): Product => ({
  ...product,
  ...changes
})

/**
 * What a product is once it is put into the catalogue in the place of `before`, which may have been removed: what it
 * leaves out stays, but for `active`. Putting is putting on sale.
 */
export const putInPlaceOf = (
  before: Option.Option<Product>,
  { sku, name, unitPrice, currency, ...rest }: NewProduct
): Product => ({
  description: Option.none(),
  picture: Option.none(),
  category: Option.none(),
  available: 0,
  ...Option.getOrUndefined(before),
  sku,
  name,
  unitPrice,
  currency,
  active: true,
  ...rest
})
