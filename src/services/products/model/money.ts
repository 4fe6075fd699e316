// Money as integer minor units (cents) with an ISO 4217 currency: no floating point, no rounding.
import { Schema } from "effect"

/** An amount in minor units; a safe integer, never negative. */
export const MinorUnits = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
export type MinorUnits = typeof MinorUnits.Type

/** ISO 4217 alphabetic code. */
export const Currency = Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/u))
export type Currency = typeof Currency.Type

/**
 * The sum of price × quantity. With the limits of the contract (50 lines, 1000 pieces, a price of
 * at most 10^9) the result stays below 2^53, so the arithmetic is exact.
 */
export const total = (
  lines: ReadonlyArray<{ readonly unitPrice: MinorUnits; readonly quantity: number }>
): MinorUnits => lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0)
