// What is ordered: a SKU and how many of it.
import type { SeedOrder, SeedProduct } from "./contestant.ts"

export interface Line {
  readonly sku: string
  readonly quantity: number
}

/** Several lines of one SKU count together. */
export const merge = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return Array.from(quantities, ([sku, quantity]) => ({ sku, quantity }))
}

type Listed = Pick<SeedProduct, "name" | "unitPrice" | "currency"> & { readonly _id: string }

/**
 * The lines with what the catalogue says; prices are never the client's. Throws what `refuse` makes of a SKU
 * that is not in the catalogue, and of two currencies.
 */
export const priceLines = (
  lines: ReadonlyArray<Line>,
  catalogue: ReadonlyArray<Listed>,
  refuse: (code: string, message: string) => Error
): Pick<SeedOrder, "items" | "currency"> => {
  const bySku = new Map(catalogue.map((product) => [product._id, product]))
  const items = lines.map(({ sku, quantity }) => {
    const product = bySku.get(sku)
    if (product === undefined) throw refuse("unknown_sku", `There is no ${sku}`)
    return { sku, name: product.name, quantity, unitPrice: product.unitPrice }
  })
  const [currency = "", ...others] = new Set(catalogue.map((product) => product.currency))
  if (others.length > 0) throw refuse("mixed_currency", "An order has one currency")
  return { items, currency }
}
