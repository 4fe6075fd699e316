import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { OrderId } from "../../src/services/ids.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import { OrderQueue, type OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { Readiness } from "../../src/services/runtime/Readiness.ts"
import { intercept } from "../../src/testing/intercept.ts"
import {
  mailOf,
  mails,
  makeOutage,
  numbered,
  pass,
  placed,
  queueError,
  receive,
  startWorker,
  stateOf,
  storeError,
  system,
  whileTimePasses
} from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")
const c = OrderId.make("c")
const d = OrderId.make("d")

const slowMailer = (seconds: number) =>
  intercept(Mailer, (real) => ({
    send: (mail) => Effect.delay(real.send(mail), `${seconds} seconds`)
  }))

describe("a running worker", () => {
  it.effect("takes messages as they arrive, and settles their orders", () =>
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

  it.effect("takes the messages that arrive during a small batch as one batch", () => {
    const batches: Array<number> = []
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      for (const id of [a, b, c, d]) {
        yield* TestClock.adjust("10 millis")
        yield* placed(id)
      }
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(batches, [1, 3])
      assert.lengthOf(yield* mails, 4)
      yield* stop
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          confirm: (ids, at) => {
            batches.push(ids.length)
            return Effect.delay(real.confirm(ids, at), "40 millis")
          }
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect(
    "confirms a backlog in batches that grow to a hundred, receiving the next meanwhile",
    () => {
      const batches: Array<number> = []
      return Effect.gen(function* () {
        yield* placed(...numbered(400))
        const { stop } = yield* startWorker()
        yield* pass(1)
        assert.deepStrictEqual(batches, [10, 20, 40, 80, 100, 100, 50])
        yield* stop
      }).pipe(
        Effect.provide(
          intercept(OrderStore, (real) => ({
            confirm: (ids, at) => {
              batches.push(ids.length)
              return real.confirm(ids, at)
            }
          })).pipe(Layer.provideMerge(system))
        )
      )
    }
  )

  it.effect("works on the messages of a full poll when concurrent polls fail", () => {
    let failures = 0
    return Effect.gen(function* () {
      yield* placed(...numbered(32))
      const { stop } = yield* startWorker()
      yield* pass(1)
      assert.isAtLeast(failures, 1)
      assert.lengthOf(yield* mails, 32)
      yield* stop
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          receive: (asked) =>
            asked.waitSeconds > 0
              ? real.receive(asked)
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
          confirm: (ids, at) => (dies ? Effect.die(new Error("a bug")) : real.confirm(ids, at))
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

  it.effect("are repeated after pauses that grow to 5 s, and start again after a success", () => {
    const { polls, layer } = failing("unavailable", 7)
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* TestClock.adjust("16.2 seconds")
      assert.deepStrictEqual(polls, [0, 0.2, 0.6, 1.4, 3, 6.2, 11.2, 16.2])
      yield* stop
    }).pipe(Effect.provide(layer))
  })

  it.effect("are repeated after a minute when the queue denies access", () => {
    const { polls, layer } = failing("denied", 2)
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(polls, [0, 60, 120])
      yield* stop
    }).pipe(Effect.provide(layer))
  })

  it.effect("are repeated also after one died", () => {
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

describe("polls that return empty without waiting", () => {
  /** A queue that answers without waiting, and the wait that each poll asked for. */
  const impatient = () => {
    const polls: Array<number> = []
    const layer = intercept(OrderQueue, (real) => ({
      receive: (options) =>
        Effect.flatMap(Clock.currentTimeMillis, (at) => {
          polls.push(at / 1000)
          // A bound for the test: it would poll for ever.
          return polls.length > 100 ? Effect.never : real.receive({ ...options, waitSeconds: 0 })
        })
    })).pipe(Layer.provideMerge(system))
    return { polls, layer }
  }

  it.effect("are repeated after pauses that grow to 1 s", () => {
    const { polls, layer } = impatient()
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* TestClock.adjust("4.5 seconds")
      assert.deepStrictEqual(polls, [0, 0.1, 0.3, 0.7, 1.5, 2.5, 3.5, 4.5])
      yield* stop
    }).pipe(Effect.provide(layer))
  })

  it.effect("find new messages, and start again with short pauses", () => {
    const { polls, layer } = impatient()
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* TestClock.adjust("4.6 seconds")
      yield* placed(a)
      yield* TestClock.adjust("900 millis")
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      assert.deepStrictEqual(polls.slice(-2), [5.5, 5.5])
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(polls.at(-1), 5.6)
      yield* stop
    }).pipe(Effect.provide(layer))
  })
})

describe("shutdown", () => {
  it.effect("aborts the long poll and ends immediately when nothing is in flight", () => {
    let aborted = 0
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
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

  it.effect("reports not ready before it stops polling", () => {
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

  it.effect("makes messages visible again that it could not confirm in time", () => {
    const { outage, unless } = makeOutage()
    return Effect.gen(function* () {
      const { stop } = yield* startWorker()
      yield* placed(a)
      yield* TestClock.adjust("100 millis")
      const stopped = yield* Effect.forkChild(stop, { startImmediately: true })
      yield* TestClock.adjust("12 seconds")
      assert.deepStrictEqual(yield* receive(), [])
      // Half of the drain's time is for the store to come back.
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* Fiber.join(stopped), 12.5)
      outage.away = false
      const other = yield* startWorker()
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      yield* other.stop
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          confirm: (ids, at) => unless(storeError("confirm"))(real.confirm(ids, at))
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("makes those visible too that wait for the next batch", () =>
    Effect.gen(function* () {
      yield* placed(...numbered(30))
      const { stop } = yield* startWorker()
      yield* pass(1)
      yield* whileTimePasses(stop, 20)
      yield* TestClock.adjust("1 second")
      const visible = [yield* receive(), yield* receive(), yield* receive()].flat()
      assert.lengthOf(visible, 30)
    }).pipe(
      Effect.provide(
        intercept(OrderStore, () => ({
          confirm: () => Effect.fail(storeError("confirm"))
        })).pipe(Layer.provideMerge(system))
      )
    )
  )

  it.effect(
    "records the outcome of a mail before it ends, also when the store is back late",
    () => {
      const { outage, unless } = makeOutage()
      return Effect.gen(function* () {
        const { stop } = yield* startWorker()
        yield* placed(a)
        yield* TestClock.adjust("1 second")
        const stopped = yield* Effect.forkChild(stop, { startImmediately: true })
        yield* TestClock.adjust("10 seconds")
        outage.away = false
        yield* TestClock.adjust("1 second")
        assert.isAtMost(yield* Fiber.join(stopped), 11)
        assert.strictEqual(yield* stateOf(a), "confirmed/sent")
        assert.deepStrictEqual(yield* mails, [mailOf(a)])
      }).pipe(
        Effect.provide(
          intercept(OrderStore, (real) => ({
            recordMails: (records) => unless(storeError("recordMails"))(real.recordMails(records))
          })).pipe(Layer.provideMerge(system))
        )
      )
    }
  )

  it.effect("does not wait longer than its limit for calls that hang", () =>
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
