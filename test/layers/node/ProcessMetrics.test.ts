// What a process tells of itself, while its layer is there.
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import * as ProcessMetrics from "../../../src/layers/node/ProcessMetrics.ts"
import { version } from "../../../src/programs/version.ts"
import { metricValue } from "../../metricValue.ts"

const registry = Layer.succeed(Metric.MetricRegistry, new Map())

const build = (revision: string) => ({ version, revision, node: process.versions.node })

it.effect("reports build, age, memory and processor time, read at each scrape", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* metricValue("build_info", build("abc")), 1)
    const started = (yield* metricValue("process_start_time_seconds")) ?? 0
    // TestClock begins at 0.
    assert.closeTo(started, -process.uptime(), 5)
    const heap = (yield* metricValue("nodejs_heap_size_used_bytes")) ?? 0
    assert.isAbove(heap, 1e6)
    assert.isAbove((yield* metricValue("nodejs_heap_size_limit_bytes")) ?? 0, heap)
    assert.isAbove((yield* metricValue("process_resident_memory_bytes")) ?? 0, 1e7)
    const before = (yield* metricValue("process_cpu_seconds_total")) ?? 0
    assert.isAbove(before, 0)
    for (let n = 0; ((yield* metricValue("process_cpu_seconds_total")) ?? 0) <= before; n++)
      assert.isBelow(n, 1e6)
  }).pipe(
    Effect.provide(ProcessMetrics.layer({ version, revision: "abc" })),
    Effect.provide(registry)
  )
)

it.effect("does not guess its source revision", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* metricValue("build_info", build("unknown")), 1)
  }).pipe(
    Effect.provide(ProcessMetrics.layer({ version, revision: undefined })),
    Effect.provide(registry)
  )
)

it.effect("reports the delay of the event loop in the last 15 s", () =>
  Effect.gen(function* () {
    const worst = metricValue("nodejs_eventloop_delay_seconds", { percentile: "100" })
    // The monitor's timer has to be late: it is armed first.
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 50)))
    const until = performance.now() + 300
    while (performance.now() < until);
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 50)))
    yield* TestClock.adjust("15 seconds")
    const late = (yield* worst) ?? 0
    assert.isAbove(late, 0.2)
    assert.isBelow(late, 5)
    assert.isAbove((yield* metricValue("nodejs_eventloop_utilization_ratio")) ?? 0, 0)
    yield* TestClock.adjust("15 seconds")
    assert.isBelow((yield* worst) ?? 1, 0.2)
  }).pipe(
    Effect.provide(ProcessMetrics.layer({ version, revision: undefined })),
    Effect.provide(registry)
  )
)
