// Use cases of admins: the catalogue and its stock. A reason goes into the audit event.
import { Effect, Equal, Option } from "effect"
import type { Details } from "../audit/AuditEvent.ts"
import { audited } from "../audit/audit.ts"
import { IdempotencyMismatch } from "../IdempotencyMismatch.ts"
import { now } from "../time.ts"
import { InsufficientStock, ProductNotFound } from "./model/errors.ts"
import type { NewProduct, Product, ProductChanges } from "./model/Product.ts"
import type { StockAdjustment } from "./model/StockMovement.ts"
import { ProductStore } from "./ports/ProductStore.ts"

export const putProduct = Effect.fn("putProduct")(function* (product: NewProduct, reason?: string) {
  const at = yield* now
  const { product: saved, before } = yield* audited(
    ProductStore.use((store) => store.put(product, at)),
    (result) => savedEvent(result.before, result.product, reason)
  )
  return { product: saved, created: Option.isNone(before) }
})

/** Use case of admins: absent fields stay as they are. */
export const changeProduct = Effect.fn("changeProduct")(function* (
  sku: string,
  changes: ProductChanges,
  reason?: string
) {
  const at = yield* now
  const changed = yield* audited(
    ProductStore.use((store) => store.change(sku, changes, at)),
    Option.flatMap(({ before, product }) => savedEvent(Option.some(before), product, reason))
  )
  return Option.isSome(changed) ? changed.value.product : yield* new ProductNotFound({ sku })
})

const withReason = (details: Details, reason: string | undefined): Details =>
  reason === undefined ? details : { ...details, reason }

/** None if nothing changed. */
const savedEvent = (before: Option.Option<Product>, after: Product, reason: string | undefined) =>
  Option.map(changeOf(before, after), (details) => ({
    kind: "product_saved" as const,
    subject: { sku: after.sku },
    details: withReason(details, reason)
  }))

const stateOf = ({ unitPrice, currency, active }: Product) => ({
  unitPrice,
  currency,
  ...(active ? {} : { active })
})

const isDescribedAs = (a: Product, b: Product): boolean =>
  Equal.equals(a.description, b.description) &&
  Equal.equals(a.picture, b.picture) &&
  Equal.equals(a.category, b.category)

/** Names and descriptions are free text, which no event has: it says only that they changed. */
const changeOf = (before: Option.Option<Product>, after: Product): Option.Option<Details> =>
  Option.match(before, {
    onNone: () => Option.some({ after: stateOf(after) }),
    onSome: (old) => {
      const renamed = old.name !== after.name
      const redescribed = !isDescribedAs(old, after)
      const isSame =
        !renamed &&
        !redescribed &&
        old.unitPrice === after.unitPrice &&
        old.currency === after.currency &&
        old.active === after.active
      return isSame
        ? Option.none()
        : Option.some({
            before: stateOf(old),
            after: stateOf(after),
            renamed,
            ...(redescribed ? { redescribed } : {})
          })
    }
  })

export const removeProduct = Effect.fn("removeProduct")(function* (sku: string, reason?: string) {
  const at = yield* now
  const removed = yield* audited(
    ProductStore.use((store) => store.remove(sku, at)),
    Option.map((product) => ({
      kind: "product_removed",
      subject: { sku },
      details: withReason({ before: stateOf(product) }, reason)
    }))
  )
  if (Option.isNone(removed)) return yield* new ProductNotFound({ sku })
})

export const adjustStock = Effect.fn("adjustStock")(function* (
  adjustment: Omit<StockAdjustment, "at">
) {
  const at = yield* now
  const { sku, delta } = adjustment
  const outcome = yield* audited(
    ProductStore.use((store) => store.adjust({ ...adjustment, at })),
    (result) =>
      result._tag === "Adjusted" && !result.replayed
        ? Option.some({
            kind: "stock_adjusted",
            subject: { sku },
            details: {
              delta,
              reason: adjustment.reason,
              before: { available: result.available - delta },
              after: { available: result.available }
            }
          })
        : Option.none()
  )
  switch (outcome._tag) {
    case "UnknownProduct":
      return yield* new ProductNotFound({ sku })
    case "Insufficient":
      return yield* new InsufficientStock({ sku, delta, available: outcome.available })
    case "KeyMismatch":
      return yield* new IdempotencyMismatch()
    case "Adjusted": {
      const { available, replayed } = outcome
      return { sku, available, replayed }
    }
  }
})
