// Collects durations without holding an object for each.
import { quantile } from "../../harness/statistics.ts"
import type { Latencies } from "./plan.ts"

export function makeLatencies() {
  let values = new Float64Array(4096)
  let count = 0
  return {
    add: (ms: number): void => {
      if (count === values.length) {
        const larger = new Float64Array(2 * count)
        larger.set(values)
        values = larger
      }
      values[count] = ms
      count += 1
    },
    count: () => count,
    summary: (): Latencies => {
      const sorted = values.slice(0, count).sort()
      return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: quantile(sorted, 1) }
    }
  }
}
