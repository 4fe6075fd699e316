// A line of the stock's books: pieces that came or went other than by orders, who said so, and why.
import { Option, Schema } from "effect"
import type { Product } from "./Product.ts"

export const StockMovement = Schema.Struct({
  sku: Schema.String,
  delta: Schema.Int,
  reason: Schema.String,
  actorId: Schema.String,
  idempotencyKey: Schema.NullOr(Schema.String),
  at: Schema.Date,
  /** What was available after it: the answer to repeat for its idempotency key. */
  availableAfter: Schema.Int
})
export type StockMovement = typeof StockMovement.Type

export interface StockAdjustment {
  readonly sku: string
  /** Pieces added (positive) or taken away (negative); not 0. */
  readonly delta: number
  readonly reason: string
  readonly actorId: string
  /** Unique per actor. */
  readonly idempotencyKey: Option.Option<string>
  readonly at: Date
}

export type AdjustmentOutcome =
  | { readonly _tag: "Adjusted"; readonly available: number; readonly replayed: boolean }
  | { readonly _tag: "UnknownProduct" }
  | { readonly _tag: "Insufficient"; readonly available: number }
  /** The key was used for a different adjustment. */
  | { readonly _tag: "KeyMismatch" }

export interface AdjustmentDecision {
  readonly outcome: AdjustmentOutcome
  /** To be recorded, with `available` moved by its delta; absent where nothing moves. */
  readonly movement?: StockMovement
}

/**
 * Decides an adjustment. `earlier` is the movement that carries its (actor, idempotency key),
 * `product` what is for sale under its SKU.
 */
export const decideAdjustment = (
  adjustment: StockAdjustment,
  earlier: StockMovement | undefined,
  product: Product | undefined
): AdjustmentDecision => {
  const { sku, delta, reason, actorId, at } = adjustment
  if (earlier !== undefined)
    return {
      outcome:
        earlier.sku === sku && earlier.delta === delta && earlier.reason === reason
          ? { _tag: "Adjusted", available: earlier.availableAfter, replayed: true }
          : { _tag: "KeyMismatch" }
    }
  if (product === undefined) return { outcome: { _tag: "UnknownProduct" } }
  const available = product.available + delta
  if (available < 0) return { outcome: { _tag: "Insufficient", available: product.available } }
  return {
    outcome: { _tag: "Adjusted", available, replayed: false },
    movement: {
      sku,
      delta,
      reason,
      actorId,
      idempotencyKey: Option.getOrNull(adjustment.idempotencyKey),
      at,
      availableAfter: available
    }
  }
}
