// The metrics of the process itself: build, age, processor time, memory, and the delay of its event loop. Read at each
// scrape, except the event loop, whose figures are of the last 15 s. The time of garbage collections is not measured:
// the delay of the event loop shows them, and an observer would cost more than the figure is worth.
import { totalmem } from "node:os"
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import { getHeapStatistics } from "node:v8"
import { Clock, Effect, Layer, Metric, Schedule } from "effect"
import {
  buildInfo,
  eventLoopDelay,
  eventLoopUtilization,
  heapLimit,
  heapUsed,
  memoryLimit,
  processCpu,
  processStart,
  readCounter,
  readGauge,
  residentMemory
} from "../../services/metrics.ts"

/** How often the delay is measured, in milliseconds; it is part of the monitor's value. */
const resolution = 20

const percentiles = ["50", "99", "100"] as const

/** The limit of the container; without one the system reports a number above all memory, or none. */
const containerMemory = (): number => {
  const limit = process.constrainedMemory()
  return limit > 0 && limit <= totalmem() ? limit : Number.NaN
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

const watchEventLoop = Effect.gen(function* () {
  const monitor = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const started = monitorEventLoopDelay({ resolution })
      started.enable()
      return started
    }),
    (started) => Effect.sync(() => started.disable())
  )
  let before = performance.eventLoopUtilization()
  const told = Effect.gen(function* () {
    for (const percentile of percentiles) {
      const millis = monitor.percentile(Number(percentile)) / 1e6 - resolution
      yield* Metric.update(eventLoopDelay[percentile], Math.max(0, millis) / 1000)
    }
    monitor.reset()
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    yield* Metric.update(eventLoopUtilization, utilization)
  })
  yield* Effect.forkScoped(Effect.repeat(told, Schedule.spaced("15 seconds")))
})

/** `revision`: the source revision of the build, if the build or the host sets it. */
export const layer = ({
  version,
  revision
}: {
  readonly version: string
  readonly revision: string | undefined
}): Layer.Layer<never> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const labels = { version, revision: revision ?? "unknown", node: process.versions.node }
      yield* readGauge(buildInfo(labels), () => 1)
      const startedAt = (yield* Clock.currentTimeMillis) / 1000 - process.uptime()
      yield* readGauge(processStart, () => startedAt)
      yield* readCounter(processCpu, cpuSeconds)
      yield* readGauge(residentMemory, () => process.memoryUsage.rss())
      yield* readGauge(memoryLimit, containerMemory)
      yield* readGauge(heapUsed, () => process.memoryUsage().heapUsed)
      yield* readGauge(heapLimit, () => getHeapStatistics().heap_size_limit)
      yield* watchEventLoop
    })
  )
