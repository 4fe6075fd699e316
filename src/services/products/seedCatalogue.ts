// A small catalogue to try the system with. Safe to run again: it brings no stock twice.
import { Effect, Option } from "effect"
import { UserId } from "../ids.ts"
import { now } from "../time.ts"
import { ProductStore } from "./ports/ProductStore.ts"

const catalogue = [
  { sku: "coffee-1kg", name: "Coffee beans, 1 kg", unitPrice: 2490, stock: 200 },
  { sku: "filter-100", name: "Paper filters, 100 pieces", unitPrice: 590, stock: 500 },
  { sku: "grinder", name: "Hand grinder", unitPrice: 8900, stock: 40 },
  { sku: "kettle", name: "Gooseneck kettle", unitPrice: 6450, stock: 25 },
  { sku: "mug-blue", name: "Mug, blue", unitPrice: 1200, stock: 120 }
] as const

/** The SKUs that are for sale afterwards. */
export const seedCatalogue = Effect.fn("seedCatalogue")(function* () {
  const store = yield* ProductStore
  const at = yield* now
  for (const { stock, ...product } of catalogue) {
    yield* store.put({ ...product, currency: "EUR" }, at)
    yield* store.adjust({
      sku: product.sku,
      delta: stock,
      reason: "seed",
      actorId: UserId.make("seed"),
      idempotencyKey: Option.some(`seed:${product.sku}`),
      at
    })
  }
  return catalogue.map(({ sku }) => sku)
})
