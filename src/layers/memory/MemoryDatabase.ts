// The embedded database: its stores share it, so that an order and its stock change together. Every use is one
// synchronous step, which makes it atomic; the data in it is never changed in place.
import { Context, Layer, Option } from "effect"
import type { OrderId, OrderNumber, UserId } from "../../services/ids.ts"
import { requestKey } from "../../services/orders/model/allocate.ts"
import type { OrderRecord } from "../../services/orders/model/Order.ts"
import type { Product } from "../../services/products/model/Product.ts"
import type { StockMovement } from "../../services/products/model/StockMovement.ts"

/** Products that were removed are kept: orders and movements refer to them. */
export interface StoredProduct {
  readonly product: Product
  readonly removed: boolean
  /** What a search finds it by. */
  readonly words: ReadonlyArray<string>
}

export const isForSale = ({ product, removed }: StoredProduct): boolean =>
  product.active && !removed

export class MemoryDatabase extends Context.Service<
  MemoryDatabase,
  {
    readonly products: Map<string, StoredProduct>
    readonly movements: Array<StockMovement>
    readonly orders: ReadonlyMap<OrderId, OrderRecord>
    /** The orders that have work. */
    readonly openOrders: ReadonlyMap<OrderId, OrderRecord>
    readonly findOrderByRequest: (userId: UserId, key: string) => Option.Option<OrderRecord>
    readonly findOrderByNumber: (number: OrderNumber) => Option.Option<OrderRecord>
    readonly ordersOf: (userId: UserId) => ReadonlyArray<OrderRecord>
    readonly putOrder: (record: OrderRecord) => void
    /** Adds pieces to a product's stock, or takes them (negative). Throws rather than go below 0. */
    readonly moveStock: (sku: string, delta: number) => void
  }
>()("layers/memory/MemoryDatabase") {}

const make = (): MemoryDatabase["Service"] => {
  const products = new Map<string, StoredProduct>()
  const orders = new Map<OrderId, OrderRecord>()
  const openOrders = new Map<OrderId, OrderRecord>()
  const idsByRequest = new Map<string, OrderId>()
  const idsByNumber = new Map<OrderNumber, OrderId>()
  const idsByUser = new Map<UserId, Set<OrderId>>()
  const get = (id: OrderId) => Option.fromUndefinedOr(orders.get(id))
  return {
    products,
    movements: [],
    orders,
    openOrders,
    findOrderByRequest: (userId, key) =>
      Option.flatMap(Option.fromUndefinedOr(idsByRequest.get(requestKey(userId, key))), get),
    findOrderByNumber: (number) =>
      Option.flatMap(Option.fromUndefinedOr(idsByNumber.get(number)), get),
    ordersOf: (userId) =>
      Array.from(idsByUser.get(userId) ?? []).flatMap((id) => Option.toArray(get(id))),
    putOrder: (record) => {
      const { id, number, userId } = record.order
      orders.set(id, record)
      if (Option.isSome(record.work)) openOrders.set(id, record)
      else openOrders.delete(id)
      idsByNumber.set(number, id)
      idsByUser.set(userId, (idsByUser.get(userId) ?? new Set()).add(id))
      if (Option.isSome(record.idempotencyKey))
        idsByRequest.set(requestKey(userId, record.idempotencyKey.value), id)
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
