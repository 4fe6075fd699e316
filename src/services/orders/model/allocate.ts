// The core of placing: decides in memory, on one fresh read, which orders of a batch get stock. Pure, so that every
// store allocates in the same way and property tests can check it.
import { Option } from "effect"
import type { OrderId, UserId } from "../../ids.ts"
import { total } from "../../products/model/money.ts"
import type { Offer } from "../../products/model/Product.ts"
import type { Shortage } from "./errors.ts"
import type { Order, OrderRecord } from "./Order.ts"
import { bucketOf, bucketOfId, hasNumber, numberOf } from "./orderNumber.ts"
import { firstDueAt } from "./work.ts"

export interface OrderLine {
  readonly sku: string
  readonly quantity: number
}

/** A requested order: at least one line, of 1 piece or more; lines of one SKU count together. */
export interface OrderDraft {
  /** Made for its user by `orderIdOf`. */
  readonly id: OrderId
  readonly userId: UserId
  readonly lines: ReadonlyArray<OrderLine>
  readonly idempotencyKey: Option.Option<string>
  readonly at: Date
  /** W3C trace context of the request, empty without one. */
  readonly traceparent: string
}

export type Refusal =
  | { readonly _tag: "OutOfStock"; readonly items: ReadonlyArray<Shortage> }
  | { readonly _tag: "UnknownSku"; readonly skus: ReadonlyArray<string> }
  | { readonly _tag: "MixedCurrency"; readonly currencies: ReadonlyArray<string> }
  | { readonly _tag: "IdempotencyMismatch" }

/** Another order has the number in the draft's id. Nothing was changed: the same draft fits under another id. */
export interface NumberTaken {
  readonly _tag: "NumberTaken"
}

export type Placement =
  | { readonly _tag: "Placed"; readonly order: Order }
  | { readonly _tag: "Replayed"; readonly order: Order }
  | NumberTaken
  | Refusal

export interface Allocation {
  /** One per draft, in their order. */
  readonly placements: ReadonlyArray<Placement>
  /** The orders to insert. */
  readonly inserts: ReadonlyArray<OrderRecord>
  /** Pieces to take per SKU, in SKU order (one order of locking for all writers). */
  readonly taken: ReadonlyArray<OrderLine>
}

/** Several lines of one SKU count together; SKUs ascending. */
export const mergeLines = (lines: ReadonlyArray<OrderLine>): ReadonlyArray<OrderLine> => {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return bySku(quantities)
}

/** (user, key) as one map key; a user id holds no line break. */
export const requestKey = (userId: UserId, key: string): string => `${userId}\n${key}`

/**
 * Decides a batch. `known` holds the orders that carry one of the batch's (user, key) pairs, or one of
 * its ids (a retry of a batch whose commit was not acknowledged) or numbers; `offers` what is for sale now.
 * Throws for a draft that no caller may make: without lines, of a quantity below 1, or with an id of another user.
 */
export const allocate = (
  drafts: ReadonlyArray<OrderDraft>,
  known: ReadonlyArray<OrderRecord>,
  offers: ReadonlyArray<Offer>
): Allocation => {
  const byId = new Map(known.map((record) => [record.order.id, record]))
  const byKey = new Map<string, OrderRecord>()
  for (const record of known)
    if (Option.isSome(record.idempotencyKey))
      byKey.set(requestKey(record.order.userId, record.idempotencyKey.value), record)
  const numbers = new Set(known.map(({ order }) => order.number))
  const catalogue = new Map(offers.map((offer) => [offer.sku, offer]))
  const taken = new Map<string, number>()
  const inserts: Array<OrderRecord> = []

  const decide = (draft: OrderDraft): Placement => {
    const committed = byId.get(draft.id)
    if (committed !== undefined) return { _tag: "Placed", order: committed.order }
    const lines = checkedLines(draft)
    const request = Option.map(draft.idempotencyKey, (key) => requestKey(draft.userId, key))
    const earlier = Option.isSome(request) ? byKey.get(request.value) : undefined
    if (earlier !== undefined) return replay(earlier, lines)
    const priced = price(lines, catalogue, taken)
    if ("_tag" in priced) return priced
    const record = newRecord(draft, priced)
    if (numbers.has(record.order.number)) return { _tag: "NumberTaken" }
    for (const { sku, quantity } of lines) taken.set(sku, (taken.get(sku) ?? 0) + quantity)
    inserts.push(record)
    byId.set(draft.id, record)
    numbers.add(record.order.number)
    if (Option.isSome(request)) byKey.set(request.value, record)
    return { _tag: "Placed", order: record.order }
  }

  return { placements: drafts.map(decide), inserts, taken: bySku(taken) }
}

const bySku = (quantities: ReadonlyMap<string, number>): ReadonlyArray<OrderLine> =>
  Array.from(quantities, ([sku, quantity]) => ({ sku, quantity })).sort((a, b) =>
    a.sku < b.sku ? -1 : 1
  )

/**
 * Merged lines. A negative quantity would create stock, and an order in another user's bucket would not be found
 * again, so both stop here.
 */
const checkedLines = ({ id, userId, lines }: OrderDraft): ReadonlyArray<OrderLine> => {
  if (hasNumber(id) && bucketOfId(id) !== bucketOf(userId))
    throw new RangeError(`draft ${id} has an id of another user`)
  if (lines.length === 0) throw new RangeError(`draft ${id} has no lines`)
  for (const { sku, quantity } of lines)
    if (!Number.isSafeInteger(quantity) || quantity < 1)
      throw new RangeError(`draft ${id} asks for ${quantity} pieces of ${sku}`)
  return mergeLines(lines)
}

/** Names and prices may have changed since; the requested SKUs and quantities must be the same. */
const replay = ({ order }: OrderRecord, lines: ReadonlyArray<OrderLine>): Placement => {
  const same =
    order.items.length === lines.length &&
    lines.every(
      (line, i) => order.items[i]?.sku === line.sku && order.items[i]?.quantity === line.quantity
    )
  return same ? { _tag: "Replayed", order } : { _tag: "IdempotencyMismatch" }
}

type Priced = Pick<Order, "items" | "total" | "currency">

/** The current prices of the lines, or why they can't be ordered. */
const price = (
  lines: ReadonlyArray<OrderLine>,
  catalogue: ReadonlyMap<string, Offer>,
  taken: ReadonlyMap<string, number>
): Priced | Refusal => {
  const found = lines.flatMap(({ sku, quantity }) => {
    const product = catalogue.get(sku)
    return product === undefined ? [] : [{ product, quantity }]
  })
  const [first] = found
  if (first === undefined || found.length < lines.length)
    return {
      _tag: "UnknownSku",
      skus: lines.filter(({ sku }) => !catalogue.has(sku)).map(({ sku }) => sku)
    }
  const currencies = [...new Set(found.map(({ product }) => product.currency))]
  if (currencies.length > 1) return { _tag: "MixedCurrency", currencies }
  const shortages = found.flatMap(({ product: { sku, available }, quantity }) => {
    const left = available - (taken.get(sku) ?? 0)
    return quantity > left ? [{ sku, requested: quantity, available: left }] : []
  })
  if (shortages.length > 0) return { _tag: "OutOfStock", items: shortages }
  const items = found.map(({ product: { sku, name, unitPrice }, quantity }) => ({
    sku,
    name,
    quantity,
    unitPrice
  }))
  return { items, total: total(items), currency: first.product.currency }
}

const newRecord = (draft: OrderDraft, { items, total, currency }: Priced): OrderRecord => ({
  order: {
    id: draft.id,
    number: numberOf(draft.id, draft.userId),
    userId: draft.userId,
    status: "pending",
    items,
    total,
    currency,
    createdAt: draft.at,
    updatedAt: draft.at,
    version: 1,
    timeline: [{ status: "pending", at: draft.at }],
    confirmation: { state: "waiting" }
  },
  idempotencyKey: draft.idempotencyKey,
  work: Option.some({
    dueAt: firstDueAt(draft.at),
    resends: 0,
    ...(draft.traceparent === "" ? {} : { traceparent: draft.traceparent })
  }),
  claim: Option.none(),
  mailRequest: 0,
  needsAttention: Option.none()
})
