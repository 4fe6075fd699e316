// A small catalogue for trying the system. Safe to run again: it adds no stock twice. Its products have no pictures,
// since browsers would load them from another host.
import { Effect, Option } from "effect"
import { UserId } from "../ids.ts"
import { now } from "../time.ts"
import { ProductStore } from "./ports/ProductStore.ts"

const catalogue = [
  {
    sku: "coffee-1kg",
    name: "Coffee beans, 1 kg",
    description: "Arabica from Huehuetenango, washed, medium roast. Chocolate and orange.",
    category: "Coffee",
    unitPrice: 2490,
    stock: 200
  },
  {
    sku: "filter-100",
    name: "Paper filters, 100 pieces",
    description: "For drippers of one to four cups. Rinse before use.",
    category: "Accessories",
    unitPrice: 590,
    stock: 500
  },
  {
    sku: "grinder",
    name: "Hand grinder",
    description: "Steel burrs, 30 settings from espresso to French press.\nTakes 25 g.",
    category: "Equipment",
    unitPrice: 8900,
    stock: 40
  },
  {
    sku: "kettle",
    name: "Gooseneck kettle",
    description: "0.9 l, for gas, electric and induction hobs.",
    category: "Equipment",
    unitPrice: 6450,
    stock: 25
  },
  {
    sku: "mug-blue",
    name: "Mug, blue",
    description: "Stoneware, 300 ml, safe for dishwashers.",
    category: "Accessories",
    unitPrice: 1200,
    stock: 120
  },
  {
    sku: "mug-red",
    name: "Mug, red",
    description: "Stoneware, 300 ml, safe for dishwashers. Back in spring.",
    category: "Accessories",
    unitPrice: 1200,
    stock: 12,
    active: false
  }
] as const

/** The SKUs that are for sale afterwards. */
export const seedCatalogue = Effect.fn("seedCatalogue")(function* () {
  const store = yield* ProductStore
  const at = yield* now
  for (const { stock, description, category, ...product } of catalogue) {
    yield* store.put(
      {
        ...product,
        currency: "EUR",
        description: Option.some(description),
        category: Option.some(category)
      },
      at
    )
    yield* store.adjust({
      sku: product.sku,
      delta: stock,
      reason: "seed",
      actorId: UserId.make("seed"),
      idempotencyKey: Option.some(`seed:${product.sku}`),
      at
    })
  }
  return catalogue.filter((product) => !("active" in product)).map(({ sku }) => sku)
})
