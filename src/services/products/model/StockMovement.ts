// A stock movement: pieces that were added or removed other than by orders, with actor and reason.
import { Option, Schema } from "effect"
import { UserId } from "../../ids.ts"
import type { Product } from "./Product.ts"

export const StockMovement = Schema.Struct({
  sku: Schema.String,
  delta: Schema.Int,
  reason: Schema.String,
  actorId: UserId,
  idempotencyKey: Schema.Option(Schema.String),
  at: Schema.Date,
  /** The available stock after it: the answer to repeat for its idempotency key. */
  availableAfter: Schema.Int
})
export type StockMovement = typeof StockMovement.Type

export interface StockAdjustment {
  readonly sku: string
  /** Pieces added (positive) or removed (negative); not 0. */
  readonly delta: number
  readonly reason: string
  readonly actorId: UserId
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
  /** The movement to record, with `available` changed by its delta; None if nothing moves. */
  readonly movement: Option.Option<StockMovement>
}

const nothingMoves = (outcome: AdjustmentOutcome): AdjustmentDecision => ({
  outcome,
  movement: Option.none()
})

/**
 * Decides an adjustment. `earlier` is the movement that carries its (actor, idempotency key),
 * `product` what is for sale under its SKU.
 */
export const decideAdjustment = (
  adjustment: StockAdjustment,
  earlier: Option.Option<StockMovement>,
  product: Option.Option<Product>
): AdjustmentDecision => {
  const { sku, delta, reason } = adjustment
  if (Option.isSome(earlier)) {
    const { value: before } = earlier
    return nothingMoves(
      before.sku === sku && before.delta === delta && before.reason === reason
        ? { _tag: "Adjusted", available: before.availableAfter, replayed: true }
        : { _tag: "KeyMismatch" }
    )
  }
  if (Option.isNone(product)) return nothingMoves({ _tag: "UnknownProduct" })
  const available = product.value.available + delta
  if (available < 0)
    return nothingMoves({ _tag: "Insufficient", available: product.value.available })
  return {
    outcome: { _tag: "Adjusted", available, replayed: false },
    movement: Option.some({ ...adjustment, availableAfter: available })
  }
}
