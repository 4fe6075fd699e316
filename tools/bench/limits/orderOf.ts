// The order of a request, for limits that read no catalogue: every piece costs the same.
import { ObjectId } from "mongodb"
import { newOrder, type OrderDocument } from "../documents.ts"
import type { Line } from "../lines.ts"

export const orderOf = (body: string): OrderDocument => {
  const { items }: { readonly items: ReadonlyArray<Line> } = JSON.parse(body)
  return newOrder(
    new ObjectId().toHexString(),
    "limit",
    items.map(({ sku, quantity }) => ({ sku, name: `Product ${sku}`, quantity, unitPrice: 250 })),
    "EUR"
  )
}
