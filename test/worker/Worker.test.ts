import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { OrderId } from "../../src/services/ids.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import { OrderQueue, type OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { Readiness } from "../../src/services/runtime/Readiness.ts"
import { worker } from "../../src/worker/Worker.ts"
import { intercept } from "../fakes/intercept.ts"
import {
  mailerError,
  mailOf,
  mails,
  numbered,
  placed,
  queueError,
  receive,
  stateOf,
  system
} from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")
const c = OrderId.make("c")
const d = OrderId.make("d")
const e = OrderId.make("e")
const f = OrderId.make("f")

const options = { concurrency: 8, visibilitySeconds: 60, drainSeconds: 25 }

/** Starts a worker; `stop` shuts it down and returns how many seconds that took. */
const startWorker = Effect.fnUntraced(function* (changes: Partial<typeof options> = {}) {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(worker({ ...options, ...changes }), scope)
  // The poller begins to poll.
  yield* TestClock.adjust(0)
  const stop = Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    yield* Scope.close(scope, Exit.void)
    return ((yield* Clock.currentTimeMillis) - before) / 1000
  })
  return { stop }
})

/** Lets time pass until a fiber has ended. */
const whileTimePasses = <A, E, R>(effect: Effect.Effect<A, E, R>, seconds: number) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* TestClock.adjust(`${seconds} seconds`)
    return yield* Fiber.join(fiber)
  })

const slowMailer = (seconds: number) =>
  intercept(Mailer, (real) => ({
    send: (mail) => Effect.delay(real.send(mail), `${seconds} seconds`)
  }))

/** Claims that take a while, and how many orders each asked for. */
const claimsTaking = (millis: number) => {
  const batches: Array<number> = []
  const layer = intercept(OrderStore, (real) => ({
    claim: (request) => {
      batches.push(request.orderIds.length)
      return Effect.delay(real.claim(request), `${millis} millis`)
    }
  })).pipe(Layer.provideMerge(system))
  return { batches, layer }
}

const placeAfter = Effect.fnUntraced(function* (millis: number, ids: ReadonlyArray<OrderId>) {
  yield* TestClock.adjust(`${millis} millis`)
  yield* placed(...ids)
})

describe("a running worker", () => {
  it.effect("takes messages as they come, and settles their orders", () =>
    Effect.gen(function* () {
      const { stop } = yield* startWorker()
      for (const id of [a, b]) {
        yield* placed(id)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* stateOf(id), "confirmed/sent")
      }
      yield* stop
    }).pipe(Effect.provide(system))
  )

  it.effect("has no more messages in flight than it may", () => {
    let sending = 0
    let most = 0
    return Effect.gen(function* () {
      const ids = numbered(30)
      yield* placed(...ids)
      const { stop } = yield* startWorker({ concurrency: 12 })
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(most, 12)
      assert.lengthOf(yield* mails, 30)
      yield* stop
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) =>
            Effect.sync(() => {
              sending++
              most = Math.max(most, sending)
            }).pipe(
              Effect.andThen(Effect.sleep("5 seconds")),
              Effect.andThen(real.send(mail)),
              Effect.ensuring(Effect.sync(() => sending--))
            )
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("confirms a backlog in batches that fill its slots evenly", () => {
    const { batches, layer } = claimsTaking(0)
    return Effect.gen(function* () {
      const ids = numbered(32)
      yield* placed(...ids)
      const { stop } = yield* startWorker({ concurrency: 32 })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(batches, [16, 16])
      assert.lengthOf(yield* mails, 32)
      yield* stop
    }).pipe(Effect.provide(layer))
  })

  it.effect("takes what comes while it works on a few as one batch", () => {
    const { batches, layer } = claimsTaking(40)
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      for (const id of [a, b, c, d]) yield* placeAfter(10, [id])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(batches, [1, 3])
      assert.lengthOf(yield* mails, 4)
      yield* stop
    }).pipe(Effect.provide(layer))
  })

  it.effect("waits 50 ms for a few", () => {
    const { batches, layer } = claimsTaking(60_000)
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* placeAfter(0, [a])
      yield* placeAfter(10, [b])
      yield* TestClock.adjust("39 millis")
      assert.deepStrictEqual(batches, [1])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(batches, [1, 1])
      yield* whileTimePasses(stop, 120)
    }).pipe(Effect.provide(layer))
  })

  it.effect("does not wait for many", () => {
    const { batches, layer } = claimsTaking(60_000)
    return Effect.gen(function* () {
      const { stop } = yield* startWorker({ concurrency: 16 })
      yield* placeAfter(0, [a, b, c, d, e])
      yield* placeAfter(10, [f])
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(batches, [5, 1])
      yield* whileTimePasses(stop, 120)
    }).pipe(Effect.provide(layer))
  })

  it.effect("works on what a full poll brought where the next one fails", () => {
    let failures = 0
    return Effect.gen(function* () {
      const ids = numbered(32)
      yield* placed(...ids)
      const { stop } = yield* startWorker({ concurrency: 32 })
      yield* TestClock.adjust("1 second")
      assert.isAtLeast(failures, 1)
      assert.lengthOf(yield* mails, 32)
      yield* stop
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          receive: (options) =>
            options.waitSeconds > 0
              ? real.receive(options)
              : Effect.suspend(() => {
                  failures++
                  return queueError("receive")
                })
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("survives a batch that dies", () => {
    let dies = true
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* placed(a)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* stateOf(a), "pending/waiting")
      dies = false
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      yield* stop
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          claim: (request) => (dies ? Effect.die(new Error("a bug")) : real.claim(request))
        })).pipe(Layer.provideMerge(system))
      )
    )
  })
})

describe("polls that fail", () => {
  /** A queue whose first polls fail, and the seconds at which they came. */
  const failing = (reason: OrderQueueError["reason"], failures: number) => {
    const polls: Array<number> = []
    const layer = intercept(OrderQueue, (real) => ({
      receive: (options) =>
        Effect.flatMap(Clock.currentTimeMillis, (at) => {
          polls.push(at / 1000)
          return polls.length > failures
            ? real.receive(options)
            : Effect.fail(queueError("receive", reason))
        })
    })).pipe(Layer.provideMerge(system))
    return { polls, layer }
  }

  it.effect("are repeated after pauses that grow to 5 s, and grow afresh after a success", () => {
    const { polls, layer } = failing("unavailable", 7)
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* TestClock.adjust("16.2 seconds")
      assert.deepStrictEqual(polls, [0, 0.2, 0.6, 1.4, 3, 6.2, 11.2, 16.2])
      yield* stop
    }).pipe(Effect.provide(layer))
  })

  it.effect("are repeated after a minute where the queue denies access", () => {
    const { polls, layer } = failing("denied", 2)
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(polls, [0, 60, 120])
      yield* stop
    }).pipe(Effect.provide(layer))
  })

  it.effect("are repeated although one died", () => {
    let dies = true
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* placed(a)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      yield* stop
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          receive: (options) =>
            Effect.suspend(() => {
              if (!dies) return real.receive(options)
              dies = false
              return Effect.die(new Error("a bug"))
            })
        })).pipe(Layer.provideMerge(system))
      )
    )
  })
})

describe("shutdown", () => {
  it.effect("aborts the long poll and ends at once where nothing is in flight", () => {
    let aborted = 0
    return Effect.gen(function* () {
      const { stop } = yield* startWorker({ concurrency: 20 })
      assert.strictEqual(yield* stop, 0)
      assert.strictEqual(aborted, 1)
      yield* placed(a)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* stateOf(a), "pending/waiting")
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          receive: (options) =>
            Effect.onInterrupt(real.receive(options), () => Effect.sync(() => aborted++))
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("is not ready any more before it stops polling", () => {
    const seen: Array<boolean> = []
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* stop
      assert.deepStrictEqual(seen, [true])
    }).pipe(
      Effect.provide(
        Layer.effect(
          OrderQueue,
          Effect.gen(function* () {
            const real = yield* OrderQueue
            const { draining } = yield* Readiness
            return {
              ...real,
              receive: (options) =>
                Effect.onInterrupt(real.receive(options), () =>
                  Effect.map(draining, (value) => seen.push(value))
                )
            }
          })
        ).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("finishes what is in flight", () =>
    Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* placed(a)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* whileTimePasses(stop, 60), 3)
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      assert.lengthOf(yield* receive(), 0)
    }).pipe(Effect.provide(slowMailer(5).pipe(Layer.provideMerge(system))))
  )

  it.effect(
    "hands back at once what it cannot finish in time, to be taken by another worker",
    () => {
      let away = true
      return Effect.gen(function* () {
        const { stop } = yield* startWorker()
        yield* placed(a)
        yield* TestClock.adjust("100 millis")
        const stopped = yield* Effect.forkChild(stop, { startImmediately: true })
        yield* TestClock.adjust("14 seconds")
        assert.strictEqual(yield* stateOf(a), "confirmed/sending")
        // 15 s for finishing, 10 s for handing back.
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(stopped), 15)
        assert.strictEqual(yield* stateOf(a), "confirmed/waiting")
        away = false
        const other = yield* startWorker()
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* stateOf(a), "confirmed/sent")
        assert.deepStrictEqual(yield* mails, [mailOf(a)])
        yield* other.stop
      }).pipe(
        Effect.provide(
          intercept(Mailer, (real) => ({
            send: (mail) => (away ? Effect.fail(mailerError("unavailable")) : real.send(mail))
          })).pipe(Layer.provideMerge(system))
        )
      )
    }
  )

  it.effect("does not wait longer than it may for what hangs", () =>
    Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* placed(a)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* whileTimePasses(stop, 60), 25)
    }).pipe(
      Effect.provide(
        intercept(Mailer, () => ({ send: () => Effect.never })).pipe(Layer.provideMerge(system))
      )
    )
  )
})
