// Use cases: what is for sale.
import { Effect, Option } from "effect"
import { toPage } from "../page.ts"
import { ProductNotFound } from "./model/errors.ts"
import { type ProductQuery, ProductStore } from "./ports/ProductStore.ts"

export const listProducts = Effect.fn("listProducts")(function* (query: ProductQuery) {
  const read = yield* ProductStore.use((store) => store.list({ ...query, limit: query.limit + 1 }))
  return toPage(read, query.limit, ({ sku }) => sku)
})

export const getProduct = Effect.fn("getProduct")(function* (sku: string) {
  const product = yield* ProductStore.use((store) => store.find(sku))
  return Option.isSome(product) ? product.value : yield* new ProductNotFound({ sku })
})
