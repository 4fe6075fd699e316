// Money as integer minor units (cents) with an ISO 4217 currency: no floating point, no rounding.
import { Option, Schema } from "effect"
import { defaultLocale, type Locale } from "../../locale.ts"
import { minorDigits } from "./currencies.ts"

/** An amount in minor units; a safe integer, never negative. */
export const MinorUnits = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
export type MinorUnits = typeof MinorUnits.Type

/** ISO 4217 alphabetic code: also one that ISO has withdrawn since, which older products and orders have. */
export const Currency = Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/u))
export type Currency = typeof Currency.Type

/**
 * The sum of price × quantity. With the limits of the contract (50 lines, 1000 pieces, a price of
 * at most 10^9) the result stays below 2^53, so the arithmetic is exact.
 */
export const total = (
  lines: ReadonlyArray<{ readonly unitPrice: MinorUnits; readonly quantity: number }>
): MinorUnits => lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0)

/** By locale and currency, of which there are few: making a format costs thirty times as much as using it. */
const formats = new Map<string, { readonly format: Intl.NumberFormat; readonly digits: number }>()

const formatOf = (currency: string, locale: Locale) => {
  const key = `${locale} ${currency}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const style = { style: "currency", currency } as const
  // Of a withdrawn currency Intl knows more than the list of those in use.
  const digits = Option.getOrElse(
    minorDigits(currency),
    () => new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits ?? 0
  )
  const format = new Intl.NumberFormat(locale, {
    ...style,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits
  })
  const made = { format, digits }
  formats.set(key, made)
  return made
}

/** Minor units as people write them, exact: the amount goes to Intl as a decimal, not as a float. */
export const formatMoney = (
  minorUnits: MinorUnits,
  currency: Currency,
  locale: Locale = defaultLocale
): string => {
  const { format, digits } = formatOf(currency, locale)
  return format.format(`${minorUnits}E-${digits}` as Intl.StringNumericLiteral)
}
