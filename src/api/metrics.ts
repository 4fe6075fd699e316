// Counts requests in the registry that `/metrics` reads, without an effect.
import type { Context } from "effect"
import { httpRequestSeconds, httpRequests, type RequestLabels } from "../services/metrics.ts"

const seriesOf = (labels: RequestLabels) => ({
  requests: httpRequests(labels),
  duration: httpRequestSeconds(labels)
})

/** Those asked for before: to make one costs more than to count. There are as few as label values. */
const known = new Map<string, ReturnType<typeof seriesOf>>()

/** `context`: of the runtime, whose registry `/metrics` reads. */
export const recordRequest = (
  labels: RequestLabels,
  seconds: number,
  context: Context.Context<never>
): void => {
  const key = `${labels.method} ${labels.route} ${labels.status}`
  const series = known.get(key) ?? seriesOf(labels)
  known.set(key, series)
  series.requests.updateUnsafe(1, context)
  series.duration.updateUnsafe(seconds, context)
}

/**
 * What is there of a route before its first request: its success, and the failures that alerts look at. A rate sees the
 * first failure only where there was a 0 before it.
 */
export const expectedSeries = ({ status, ...route }: RequestLabels) => [
  httpRequests({ ...route, status }),
  httpRequestSeconds({ ...route, status }),
  ...["500", "503"].map((failure) => httpRequests({ ...route, status: failure }))
]
