// The data that every contestant starts from: the same products, users and orders, to the last id.
import { UserId } from "../../src/services/ids.ts"
import { orderIdOf as makeOrderId } from "../../src/services/orders/model/orderNumber.ts"
import type { DataSet, SeedOrder, SeedProduct, SeedUser } from "./contestant.ts"

export const currency = "EUR"
/** Enough that no measurement runs out of it. */
const plenty = 1_000_000_000
const unitPrice = 250

export const manySkus: ReadonlyArray<string> = Array.from(
  { length: 200 },
  (_, i) => `sku-${String(i).padStart(3, "0")}`
)
/** The one product that all shots of a workload order. */
export const hotSku = "sku-hot"
/** The one product of the sell-out, of which there is not enough. */
export const scarceSku = "sku-scarce"

const productOf = (sku: string, available: number): SeedProduct => ({
  sku,
  name: `Product ${sku}`,
  unitPrice,
  currency,
  available
})

export const users: ReadonlyArray<SeedUser> = Array.from({ length: 100 }, (_, i) => ({
  id: hex(i + 1, 32),
  email: `buyer${i}@example.com`,
  name: `Buyer ${i}`
}))

export const userOf = (i: number): SeedUser => {
  const user = users[i % users.length]
  if (user === undefined) throw new Error("a data set without users")
  return user
}

/** As this system makes ids: they sort by creation, and end in a number in their user's bucket. */
const firstIdMs = Date.UTC(2026, 0, 1)
export const orderIdOf = (i: number): string =>
  makeOrderId(hex(firstIdMs + i, 12) + hex(i, 20), UserId.make(userOf(i).id))

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0")
}

export interface Orders {
  readonly count: number
  /** Lines of each. */
  readonly lines: number
  readonly status: SeedOrder["status"]
}

function seedOrderOf(i: number, { lines, status }: Orders, at: Date): SeedOrder {
  const items = Array.from({ length: lines }, (_, line) => {
    const sku = manySkus[(i + line * 7) % manySkus.length] ?? hotSku
    return { sku, name: `Product ${sku}`, quantity: 1, unitPrice }
  })
  const pending = status === "pending"
  return {
    id: orderIdOf(i),
    userId: userOf(i).id,
    status,
    items,
    total: lines * unitPrice,
    currency,
    createdAt: at,
    updatedAt: at,
    version: pending ? 1 : 3,
    timeline: [{ status: "pending", at }, ...(pending ? [] : [{ status: "confirmed", at }])],
    confirmation: pending ? { state: "waiting" } : { state: "sent", at }
  }
}

function* generate(orders: Orders, at: Date): Generator<SeedOrder> {
  for (let i = 0; i < orders.count; i++) yield seedOrderOf(i, orders, at)
}

export const noOrders: Orders = { count: 0, lines: 1, status: "confirmed" }

/** Orders were placed just now: one that is pending is no backlog yet. */
export function dataSet(orders: Orders, scarce = 0): DataSet {
  const at = new Date()
  return {
    products: [
      ...manySkus.map((sku) => productOf(sku, plenty)),
      productOf(hotSku, plenty),
      productOf(scarceSku, scarce)
    ],
    users,
    orders: { [Symbol.iterator]: () => generate(orders, at) }
  }
}
