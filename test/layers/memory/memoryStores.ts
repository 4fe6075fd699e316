// The embedded stores of orders and products on one fresh database, and a look into it.
import { Effect, Layer } from "effect"
import { layer as database, MemoryDatabase } from "../../../src/layers/memory/MemoryDatabase.ts"
import { layer as orderSearch } from "../../../src/layers/memory/MemoryOrderSearch.ts"
import { layer as orderStore } from "../../../src/layers/memory/MemoryOrderStore.ts"
import { layer as productStore } from "../../../src/layers/memory/MemoryProductStore.ts"
import { StoreProbe } from "../../contract/stores.ts"

const probe = Layer.effect(
  StoreProbe,
  Effect.map(MemoryDatabase, ({ moveStock, orders, products }) =>
    StoreProbe.of({
      records: Effect.sync(() => Array.from(orders.values())),
      record: (id) => Effect.sync(() => orders.get(id)),
      setAvailable: (sku, available) =>
        Effect.sync(() => {
          const stored = products.get(sku)
          if (stored === undefined) throw new Error(`no product ${sku}`)
          products.set(sku, { ...stored, product: { ...stored.product, available } })
        }),
      take: (sku, pieces) =>
        Effect.isSuccess(
          Effect.try({ try: () => moveStock(sku, -pieces), catch: (error) => error })
        )
    })
  )
)

export const memoryStores = Layer.mergeAll(orderStore, orderSearch, productStore, probe).pipe(
  Layer.provide(database)
)
