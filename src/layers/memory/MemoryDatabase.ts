// The embedded database: what its stores share, so that an order and the stock it takes move together.
// Every use is one synchronous step, which makes it atomic; the data in it is never changed in place.
import { Context, Layer } from "effect"
import { requestKey } from "../../services/orders/model/allocate.ts"
import type { OrderRecord } from "../../services/orders/model/Order.ts"
import type { Product } from "../../services/products/model/Product.ts"
import type { StockMovement } from "../../services/products/model/StockMovement.ts"

/** Products off sale are kept: orders and movements refer to them. */
export interface StoredProduct {
  readonly product: Product
  readonly forSale: boolean
}

export class MemoryDatabase extends Context.Service<
  MemoryDatabase,
  {
    readonly products: Map<string, StoredProduct>
    readonly movements: Array<StockMovement>
    readonly orders: ReadonlyMap<string, OrderRecord>
    readonly findOrderByRequest: (userId: string, key: string) => OrderRecord | undefined
    readonly ordersOf: (userId: string) => ReadonlyArray<OrderRecord>
    readonly putOrder: (record: OrderRecord) => void
    /** Adds pieces to a product's stock, or takes them (negative). Throws rather than go below 0. */
    readonly moveStock: (sku: string, delta: number) => void
  }
>()("layers/memory/MemoryDatabase") {}

const make = (): MemoryDatabase["Service"] => {
  const products = new Map<string, StoredProduct>()
  const orders = new Map<string, OrderRecord>()
  const idsByRequest = new Map<string, string>()
  const idsByUser = new Map<string, Set<string>>()
  const get = (id: string) => {
    const record = orders.get(id)
    return record === undefined ? [] : [record]
  }
  return {
    products,
    movements: [],
    orders,
    findOrderByRequest: (userId, key) => get(idsByRequest.get(requestKey(userId, key)) ?? "").at(0),
    ordersOf: (userId) => Array.from(idsByUser.get(userId) ?? []).flatMap(get),
    putOrder: (record) => {
      const { id, userId } = record.order
      orders.set(id, record)
      idsByUser.set(userId, (idsByUser.get(userId) ?? new Set()).add(id))
      if (record.idempotencyKey !== null)
        idsByRequest.set(requestKey(userId, record.idempotencyKey), id)
    },
    moveStock: (sku, delta) => {
      const stored = products.get(sku)
      if (stored === undefined)
        throw new Error(`an order names the SKU ${sku}, which never existed`)
      const available = stored.product.available + delta
      if (available < 0) throw new Error(`the stock of ${sku} would fall to ${available}`)
      products.set(sku, { ...stored, product: { ...stored.product, available } })
    }
  }
}

export const layer: Layer.Layer<MemoryDatabase> = Layer.sync(MemoryDatabase, make)
