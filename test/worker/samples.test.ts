// What waits for the workers, as a scrape finds it: measured every 15 s, and unknown where it could not be.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"
import { sampleDependencies } from "../../src/http/sampleDependencies.ts"
import { layer as readinessLayer } from "../../src/layers/runtime/TimedReadiness.ts"
import { OrderId } from "../../src/services/ids.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { now } from "../../src/services/time.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { metricValue } from "../metricValue.ts"
import {
  mailerError,
  makeOutage,
  numbered,
  placed,
  queueError,
  receive,
  runWorker,
  storeOrder,
  system
} from "./world.ts"

/** A registry of its own: what another test measured is not there. */
const registry = Layer.succeed(Metric.MetricRegistry, new Map())

const seconds = (count: number) => Effect.repeat(TestClock.adjust("1 second"), { times: count - 1 })

const sampledAt = (sample: string) =>
  metricValue("sample_last_success_timestamp_seconds", { sample })

describe("a worker", () => {
  it.effect("reports the number of due mails, their age, and the rate, every 15 s", () => {
    let counts = 0
    return Effect.gen(function* () {
      yield* placed(...numbered(5), OrderId.make("a"))
      yield* runWorker
      const before = counts
      yield* seconds(45)
      assert.strictEqual(counts, before + 3)
      // One of them may be a probe on its way.
      assert.isAtLeast((yield* metricValue("mails_due")) ?? 0, 5)
      const oldest = (yield* metricValue("mails_due_oldest_seconds")) ?? 0
      assert.isAbove(oldest, 10)
      assert.isAtMost(oldest, 45)
      assert.closeTo((yield* metricValue("mails_rate_per_second")) ?? 0, 1000, 1)
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          intercept(Mailer, () => ({ send: () => Effect.fail(mailerError("unavailable")) })),
          intercept(OrderStore, (real) => ({
            countDueMails: (at, limit) => {
              counts++
              return real.countDueMails(at, limit)
            }
          })),
          registry
        ).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect(
    "reports unsettled orders, orders that need attention, and the queue's messages",
    () => {
      let isHeld = false
      return Effect.gen(function* () {
        const queue = yield* OrderQueue
        const store = yield* OrderStore
        yield* storeOrder(OrderId.make("waits"))
        yield* TestClock.adjust("20 seconds")
        yield* storeOrder(OrderId.make("flagged"))
        yield* store.flagAttention([OrderId.make("flagged")], "a bug", yield* now)
        yield* queue.send([{ body: "not JSON", traceparent: "" }])
        for (const delivery of yield* receive()) yield* queue.deadLetter(delivery, "not JSON")
        yield* queue.send([1, 2, 3].map(() => ({ body: "held", traceparent: "" })))
        // Nothing is taken off the queue.
        isHeld = true
        yield* runWorker
        yield* seconds(20)
        assert.strictEqual(yield* metricValue("orders_unsettled", { status: "pending" }), 2)
        assert.strictEqual(yield* metricValue("orders_unsettled", { status: "confirmed" }), 0)
        assert.closeTo(
          (yield* metricValue("orders_unsettled_oldest_seconds", { status: "pending" })) ?? 0,
          35,
          2
        )
        assert.strictEqual(yield* metricValue("orders_attention"), 1)
        assert.closeTo((yield* metricValue("orders_attention_oldest_seconds")) ?? 0, 15, 2)
        assert.strictEqual(yield* metricValue("dead_letter_messages"), 1)
        assert.strictEqual(yield* metricValue("queue_messages", { state: "visible" }), 3)
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            intercept(OrderQueue, (real) => ({
              receive: (options) =>
                Effect.suspend(() => (isHeld ? Effect.never : real.receive(options)))
            })),
            registry
          ).pipe(Layer.provideMerge(system))
        )
      )
    }
  )

  it.effect("has no value for what it could not measure, and logs that once", () => {
    const { outage, unless } = makeOutage(false)
    const lines: Array<unknown> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      lines.push(Array.isArray(message) ? message[0] : message)
    })
    const failed = () => lines.filter((line) => String(line).startsWith("a sample failed"))
    return Effect.gen(function* () {
      yield* runWorker
      yield* seconds(16)
      const before = yield* sampledAt("queue")
      assert.strictEqual(yield* metricValue("queue_messages", { state: "visible" }), 0)
      outage.away = true
      yield* seconds(45)
      assert.isNaN(yield* metricValue("queue_messages", { state: "visible" }))
      assert.isNaN(yield* metricValue("dead_letter_messages"))
      assert.strictEqual(yield* sampledAt("queue"), before)
      // Each of the two samples, once.
      assert.strictEqual(failed().length, 2)
      assert.isAbove((yield* sampledAt("orders")) ?? 0, before ?? 0)
      outage.away = false
      yield* seconds(15)
      assert.strictEqual(yield* metricValue("queue_messages", { state: "visible" }), 0)
      assert.isAbove((yield* sampledAt("queue")) ?? 0, before ?? 0)
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          intercept(OrderQueue, (real) => ({
            count: (queue) => unless(queueError("count"))(real.count(queue))
          })),
          registry,
          Logger.layer([logger])
        ).pipe(Layer.provideMerge(system))
      )
    )
  })
})

describe("a process", () => {
  it.effect("reports for each dependency whether it is ready", () =>
    Effect.gen(function* () {
      yield* sampleDependencies
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* metricValue("dependency_ready", { dependency: "mongo" }), 1)
      assert.strictEqual(yield* metricValue("dependency_ready", { dependency: "redis" }), 0)
      assert.isDefined(yield* sampledAt("dependencies"))
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.merge(
          readinessLayer(
            Effect.succeed([
              { name: "mongo", required: true, problem: Effect.succeedNone },
              { name: "redis", required: false, problem: Effect.succeedSome("away") }
            ])
          ),
          registry
        )
      )
    )
  )
})
