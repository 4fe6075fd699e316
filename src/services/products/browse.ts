// Use cases: the products for sale, the catalogue for staff, and the history of stock.
import { Effect, Option } from "effect"
import { toPage } from "../page.ts"
import { ProductNotFound } from "./model/errors.ts"
import { type MovementQuery, type ProductQuery, ProductStore } from "./ports/ProductStore.ts"

const readPage = Effect.fnUntraced(function* (query: ProductQuery) {
  const read = yield* ProductStore.use((store) => store.list({ ...query, limit: query.limit + 1 }))
  return toPage(read, query.limit, ({ sku }) => sku)
})

export const listProducts = Effect.fn("listProducts")((query: Omit<ProductQuery, "active">) =>
  readPage({ ...query, active: Option.some(true) })
)

/** Use case of staff: products that customers don't see too. */
export const listCatalogue = Effect.fn("listCatalogue")(readPage)

export const getProduct = Effect.fn("getProduct")(function* (sku: string) {
  const product = yield* ProductStore.use((store) => store.find(sku))
  return Option.isSome(product) ? product.value : yield* new ProductNotFound({ sku })
})

/** Use case of staff: it need not be for sale. */
export const getFromCatalogue = Effect.fn("getFromCatalogue")(function* (sku: string) {
  const product = yield* ProductStore.use((store) => store.findInCatalogue(sku))
  return Option.isSome(product) ? product.value : yield* new ProductNotFound({ sku })
})

/** Use case of administrators: the stock movements of a product, newest first, also of a removed one. */
export const listMovements = Effect.fn("listMovements")(function* (query: MovementQuery) {
  const read = yield* ProductStore.use((store) =>
    store.listMovements({ ...query, limit: query.limit + 1 })
  )
  if (Option.isNone(read)) return yield* new ProductNotFound({ sku: query.sku })
  return toPage(read.value, query.limit, ({ id }) => id)
})
