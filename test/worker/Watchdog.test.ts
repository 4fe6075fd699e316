import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { OrderId } from "../../src/services/ids.ts"
import { decodeOrderMessage } from "../../src/services/orders/model/OrderMessage.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { longBacklog, trickle, watch, watchdogBatch } from "../../src/worker/Watchdog.ts"
import { intercept } from "../fakes/intercept.ts"
import { numbered, placed, queueError, receive, storeOrder, world } from "./world.ts"

const a = OrderId.make("a")
const lost = OrderId.make("lost")

/** The seconds at which the watchdog looked for overdue orders. */
const looks = () => {
  const seconds: Array<number> = []
  const layer = intercept(OrderStore, (real) => ({
    takeOverdue: (at, limit) => {
      seconds.push(at.getTime() / 1000)
      return real.takeOverdue(at, limit)
    }
  })).pipe(Layer.provideMerge(world))
  return { seconds, layer }
}

describe("the watchdog", () => {
  it.effect("looks for overdue orders every 15 s", () => {
    const { seconds, layer } = looks()
    return Effect.gen(function* () {
      yield* watch
      yield* TestClock.adjust("50 seconds")
      assert.deepStrictEqual(seconds, [0, 15, 30, 45])
    }).pipe(Effect.provide(layer))
  })

  it.effect("sends an order whose message was lost, again and again, at growing intervals", () => {
    const sent: Array<number> = []
    return Effect.gen(function* () {
      yield* storeOrder(lost)
      yield* watch
      yield* TestClock.adjust("16 minutes")
      assert.deepStrictEqual(sent, [60, 180, 420, 900])
      const [delivery] = yield* receive(1)
      const message = yield* decodeOrderMessage(delivery?.body)
      assert.strictEqual(message.orderId, lost)
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          send: (messages) =>
            Effect.flatMap(Clock.currentTimeMillis, (at) => {
              sent.push(at / 1000)
              return real.send(messages)
            })
        })).pipe(Layer.provideMerge(world))
      )
    )
  })

  it.effect("goes on at once while there are more than it takes at a time", () => {
    const { seconds, layer } = looks()
    return Effect.gen(function* () {
      for (const id of numbered(2 * watchdogBatch + 1)) yield* storeOrder(id)
      yield* TestClock.adjust("1 minute")
      yield* watch
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(seconds, [60, 60, 60])
    }).pipe(Effect.provide(layer))
  })

  it.effect("takes nothing while the queue is away, so that all is due when it is back", () => {
    const { seconds, layer } = looks()
    let away = true
    return Effect.gen(function* () {
      yield* storeOrder(a)
      yield* watch
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(seconds, [])
      away = false
      yield* TestClock.adjust("15 seconds")
      assert.lengthOf(yield* receive(), 1)
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          backlog: Effect.suspend(() =>
            away ? Effect.fail(queueError("backlog", "throttled")) : real.backlog
          )
        })).pipe(Layer.provideMerge(layer))
      )
    )
  })

  it.effect("asks seldom where the queue denies access", () => {
    let asked = 0
    return Effect.gen(function* () {
      yield* watch
      // A minute, and the pause of a round.
      yield* TestClock.adjust("299 seconds")
      assert.strictEqual(asked, 4)
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, () => ({
          backlog: Effect.suspend(() => {
            asked++
            return Effect.fail(queueError("backlog", "denied"))
          })
        })).pipe(Layer.provideMerge(world))
      )
    )
  })

  it.effect("re-sends only the longest overdue while the queue is long", () => {
    let sent = 0
    return Effect.gen(function* () {
      const ids = numbered(longBacklog + 1)
      yield* placed(...ids)
      sent = 0
      yield* watch
      yield* TestClock.adjust("2 minutes")
      // At 60, 75, 90, 105 and 120 s.
      assert.strictEqual(sent, 5 * trickle)
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          send: (messages) => {
            sent += messages.length
            return real.send(messages)
          }
        })).pipe(Layer.provideMerge(world))
      )
    )
  })

  it.effect("survives a queue that is away and a store that dies", () => {
    let round = 0
    return Effect.gen(function* () {
      yield* storeOrder(a)
      yield* TestClock.adjust("1 minute")
      yield* watch
      yield* TestClock.adjust("3 minutes")
      assert.lengthOf(yield* receive(), 1)
    }).pipe(
      Effect.provide(
        Layer.merge(
          intercept(OrderStore, (real) => ({
            takeOverdue: (at, limit) =>
              ++round === 1 ? Effect.die(new Error("a bug")) : real.takeOverdue(at, limit)
          })),
          intercept(OrderQueue, (real) => ({
            send: (messages) => (round < 4 ? Effect.fail(queueError("send")) : real.send(messages))
          }))
        ).pipe(Layer.provideMerge(world))
      )
    )
  })

  it.effect("sends what it has taken before it stops", () =>
    Effect.gen(function* () {
      yield* storeOrder(a)
      yield* TestClock.adjust("1 minute")
      const scope = yield* Scope.make()
      yield* Scope.provide(watch, scope)
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.lengthOf(yield* receive(), 1)
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          send: (messages) => Effect.delay(real.send(messages), "2 seconds")
        })).pipe(Layer.provideMerge(world))
      )
    )
  )
})
