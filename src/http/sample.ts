// Measures values outside of the process every 15 s, independently of scrapes, so a scrape causes no call to a
// dependency. A value that could not be measured is NaN, and not the previous value.
import { Clock, Effect, Metric, Schedule, type Scope } from "effect"
import { type Gauge, type SampleName, sampledAt } from "../services/metrics.ts"

const every = Schedule.spaced("15 seconds")
/** Ports answer within 5 s. */
const deadline = "10 seconds"

const set = (gauges: ReadonlyArray<Gauge>, valueAt: (index: number) => number) =>
  Effect.forEach(gauges, (gauge, index) => Metric.update(gauge, valueAt(index)), { discard: true })

/** `measure` answers the values of the gauges, in their order. Measures until the scope closes. */
export const sample = <E, R>(
  name: SampleName,
  gauges: ReadonlyArray<Gauge>,
  measure: Effect.Effect<ReadonlyArray<number>, E, R>
): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.suspend(() => {
    let told = false
    const failed = (cause: unknown) =>
      Effect.andThen(
        set(gauges, () => Number.NaN),
        Effect.suspend(() => {
          // One line when it begins to fail: it fails until its dependency is back.
          if (told) return Effect.void
          told = true
          return Effect.logWarning(
            "a sample failed: its gauges are unknown",
            { sample: name },
            cause
          )
        })
      )
    const once = measure.pipe(
      Effect.timeout(deadline),
      Effect.flatMap((values) => set(gauges, (index) => values[index] ?? Number.NaN)),
      Effect.andThen(Clock.currentTimeMillis),
      Effect.flatMap((millis) => Metric.update(sampledAt[name], millis / 1000)),
      Effect.tap(() =>
        Effect.sync(() => {
          told = false
        })
      ),
      Effect.catchCause(failed)
    )
    return set(gauges, () => Number.NaN).pipe(
      Effect.andThen(Metric.update(sampledAt[name], 0)),
      Effect.andThen(Effect.forkScoped(Effect.repeat(once, every))),
      Effect.asVoid
    )
  })
