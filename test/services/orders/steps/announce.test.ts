import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Logger, References } from "effect"
import { TestClock } from "effect/testing"
import { OrderId, OrderNumber, UserId } from "../../../../src/services/ids.ts"
import type { Order } from "../../../../src/services/orders/model/Order.ts"
import { OrderCache, OrderCacheError } from "../../../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue, OrderQueueError } from "../../../../src/services/orders/ports/OrderQueue.ts"
import { announce } from "../../../../src/services/orders/steps/announce.ts"
import { fixedJitter } from "../../../../src/testing/fixedJitter.ts"

const order = (id: OrderId): Order => ({
  id,
  number: OrderNumber.make("K7QF-2M9X"),
  userId: UserId.make("u"),
  status: "pending",
  items: [],
  total: 0,
  currency: "EUR",
  createdAt: new Date(0),
  updatedAt: new Date(0),
  version: 1,
  timeline: [],
  confirmation: { state: "waiting" }
})
const placed = (id: string) => ({
  order: order(OrderId.make(id)),
  traceparent: `trace of ${id}`
})

/** Ports that record, and a queue whose first sends fail. */
const recording = ({
  failures = 0,
  reason = "unavailable" as OrderQueueError["reason"],
  cacheIsAway = false
} = {}) => {
  const sends: Array<{ readonly at: number; readonly ids: ReadonlyArray<string> }> = []
  const cached: Array<string> = []
  const layer = Layer.mergeAll(
    Layer.mock(OrderQueue, {
      send: (messages) =>
        Effect.flatMap(Clock.currentTimeMillis, (at) => {
          sends.push({
            at,
            ids: messages.map(
              ({ body, traceparent }) => `${JSON.parse(body).orderId}, ${traceparent}`
            )
          })
          return sends.length > failures
            ? Effect.succeed(messages.map((_, i) => `message ${i}`))
            : Effect.fail(new OrderQueueError({ operation: "send", reason, cause: "away" }))
        })
    }),
    Layer.mock(OrderCache, {
      put: (orders) =>
        cacheIsAway
          ? Effect.fail(new OrderCacheError({ operation: "put", cause: "away" }))
          : Effect.sync(() => void cached.push(...orders.map(({ id }) => id)))
    }),
    fixedJitter
  )
  return { sends, cached, layer }
}

const announced = Effect.gen(function* () {
  const fiber = yield* Effect.forkChild(announce([placed("a"), placed("b")]))
  yield* TestClock.adjust("1 hour")
  yield* Fiber.join(fiber)
})

describe("announcing placed orders", () => {
  it.effect("caches them, and sends all their messages in one call, each with its trace", () => {
    const { sends, cached, layer } = recording()
    return Effect.gen(function* () {
      yield* announced
      assert.deepStrictEqual(sends, [{ at: 0, ids: ["a, trace of a", "b, trace of b"] }])
      assert.deepStrictEqual(cached, ["a", "b"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("sends also while the cache is unavailable", () => {
    const { sends, layer } = recording({ cacheIsAway: true })
    return Effect.gen(function* () {
      yield* announced
      assert.lengthOf(sends, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("retries a send for a short time, then leaves the orders to the watchdog", () => {
    const { sends, cached, layer } = recording({ failures: Number.POSITIVE_INFINITY })
    return Effect.gen(function* () {
      yield* announced
      assert.deepStrictEqual(
        sends.map(({ at }) => at),
        [0, 200, 600, 1400]
      )
      assert.deepStrictEqual(cached, ["a", "b"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("does not retry when the queue denies access", () => {
    const { sends, layer } = recording({ failures: 1, reason: "denied" })
    return Effect.gen(function* () {
      yield* announced
      assert.lengthOf(sends, 1)
    }).pipe(Effect.provide(layer))
  })

  for (const [minimum, expected] of [
    [
      "Debug",
      [
        ["orders placed", { orderIds: ["a", "b"] }],
        ["messages sent", { orderIds: ["a", "b"], messageIds: ["message 0", "message 1"] }]
      ]
    ],
    ["Info", []]
  ] as const)
    it.effect(`logs at debug which orders were placed, and their messages: ${minimum}`, () => {
      const lines: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        lines.push(message)
      })
      return Effect.gen(function* () {
        yield* announced
        assert.deepStrictEqual(lines, [...expected])
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            recording().layer,
            Logger.layer([logger]),
            Layer.succeed(References.MinimumLogLevel, minimum)
          )
        )
      )
    })

  it.effect("makes no calls when nothing was placed", () => {
    const { sends, cached, layer } = recording()
    return Effect.gen(function* () {
      yield* announce([])
      assert.lengthOf(sends, 0)
      assert.lengthOf(cached, 0)
    }).pipe(Effect.provide(layer))
  })
})
