// The value of one series, as a scrape would read it.
import { Effect, Metric } from "effect"

type Labels = Readonly<Record<string, string>>

/** Undefined where there is no series of that name with just these labels. */
export const metricValue = (name: string, labels: Labels = {}): Effect.Effect<number | undefined> =>
  Effect.map(Metric.snapshot, (snapshot) => {
    const found = snapshot.find(({ id, attributes = {} }) => {
      const names = Object.keys(attributes)
      return (
        id === name &&
        names.length === Object.keys(labels).length &&
        names.every((label) => attributes[label] === labels[label])
      )
    })
    const state: object = found?.state ?? {}
    if ("count" in state) return Number(state.count)
    return "value" in state ? Number(state.value) : undefined
  })
