// Use case of operators: the state of the system in one result. Every number is bounded, so the cost does not grow with
// the data.
import { Effect } from "effect"
import { measureMails } from "../orders/measureMails.ts"
import { OrderSearch } from "../orders/ports/OrderSearch.ts"
import { ProductStore } from "../products/ports/ProductStore.ts"
import { now } from "../time.ts"

/** Orders of each kind are counted up to this number: some milliseconds on an index. */
export const maxOverviewCount = 10_000

/** Products that are low: more are read in the catalogue. */
export const maxLowProducts = 20

/** `lowStock`: a product with this many pieces or fewer is low on stock. */
export const overview = Effect.fn("overview")(function* (lowStock: number) {
  const at = yield* now
  const { orders, mails, stock } = yield* Effect.all(
    {
      orders: OrderSearch.use((search) => search.count(at, maxOverviewCount)),
      mails: measureMails,
      stock: ProductStore.use((store) => store.listLow(lowStock, maxLowProducts))
    },
    { concurrency: "unbounded" }
  )
  return { at, orders, mails, stock }
})
