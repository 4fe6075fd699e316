// Medians and quantiles of times that were measured on a machine which does other things too: by rank
// alone, so that a few very late answers move nothing, and without an assumption about what is in the way.
import { ascending, quantile } from "../harness/statistics.ts"

/** What a median is, and between what it lies with 99.9 % confidence. */
export interface Estimate {
  readonly low: number
  readonly middle: number
  readonly high: number
}

/** Two-sided 99.9 % of the normal distribution, which the binomial one is close to. */
const deviations = 3.29

/** From so many values on it is close enough. */
export const fewest = 20

const at = (sorted: ReadonlyArray<number>, rank: number): number => {
  const value = sorted[rank]
  if (value === undefined) throw new Error(`${sorted.length} values have no rank ${rank}`)
  return value
}

/** The smallest value that is not below `share` (0 to 1) of all: the nearest rank. Throws for nothing. */
export const quantileOf = (values: ReadonlyArray<number>, share: number): number => {
  if (values.length === 0) throw new Error("0 values have no quantile")
  return quantile(ascending(values), share)
}

/**
 * By order statistics: each of independent values is below the median with probability one half, for any
 * distribution. So the number of values below it is binomial, which gives the ranks between which the median lies.
 */
export function medianOf(values: ReadonlyArray<number>): Estimate {
  if (values.length < fewest) throw new Error(`a median needs ${fewest} values or more`)
  const sorted = ascending(values)
  const low = Math.floor((values.length - 1 - deviations * Math.sqrt(values.length)) / 2)
  return {
    low: at(sorted, low),
    middle: at(sorted, Math.ceil(values.length / 2) - 1),
    high: at(sorted, values.length - 1 - low)
  }
}

/** Whether two kinds take the same time: yes, no, or not known from so few or so noisy values. */
export type Verdict = "same" | "different" | "unclear"

/** `difference` is of a median, `bound` what still counts as the same, both in one unit. */
export const verdictOf = ({ low, high }: Estimate, bound: number): Verdict => {
  if (low > -bound && high < bound) return "same"
  return low > bound || high < -bound ? "different" : "unclear"
}
