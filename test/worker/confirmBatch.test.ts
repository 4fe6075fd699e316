import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Exit, Fiber, Layer, Option, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { MemoryDeadLetters } from "../../src/layers/memory/MemoryOrderQueue.ts"
import * as MemorySendRate from "../../src/layers/memory/MemorySendRate.ts"
import { AccountStore, AccountStoreError } from "../../src/services/accounts/ports/AccountStore.ts"
import { OrderId, SessionId, UserId } from "../../src/services/ids.ts"
import { Mailer, type MailerError } from "../../src/services/messaging/Mailer.ts"
import { SendRate } from "../../src/services/messaging/SendRate.ts"
import { cancelOrder } from "../../src/services/orders/cancelOrder.ts"
import { ClaimId } from "../../src/services/orders/model/Order.ts"
import { OrderCache, OrderCacheError } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { addSeconds, now } from "../../src/services/time.ts"
import { intercept } from "../fakes/intercept.ts"
import {
  cachedStateOf,
  confirm,
  customer,
  letters,
  mailerError,
  mailOf,
  mails,
  makeWorker,
  placed,
  queueError,
  receive,
  sendMessages,
  stateOf,
  storeError,
  storeOrder,
  visibilitySeconds,
  world
} from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")
const c = OrderId.make("c")
const good = OrderId.make("good")
const bad = OrderId.make("bad")
const settled = OrderId.make("settled")
const waiting = OrderId.make("waiting")
const ghost = OrderId.make("ghost")

/** Whether the queue holds nothing, however long one waits. */
const assertQueueEmpty = Effect.gen(function* () {
  yield* TestClock.adjust("12 hours")
  assert.deepStrictEqual(yield* receive(), [])
})

/** The second, from now, at which the queue's next message is visible. */
const nextVisibleIn = Effect.gen(function* () {
  const start = yield* Clock.currentTimeMillis
  for (let second = 0; second <= 3600; second++) {
    if ((yield* receive()).length > 0) return ((yield* Clock.currentTimeMillis) - start) / 1000
    yield* TestClock.adjust("1 second")
  }
  return undefined
})

/** The times, in seconds from the first, at which something was done. */
const stopwatch = () => {
  const times: Array<number> = []
  const lap = Effect.map(Clock.currentTimeMillis, (at) => times.push(at))
  return { lap, seconds: () => times.map((at) => (at - (times[0] ?? 0)) / 1000) }
}

describe("a batch in which nothing fails", () => {
  it.effect("confirms and mails each order, and deletes its message", () =>
    Effect.gen(function* () {
      yield* placed(a, b)
      yield* confirm
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      assert.strictEqual(yield* stateOf(b), "confirmed/sent")
      assert.deepStrictEqual((yield* mails).toSorted(), [mailOf(a), mailOf(b)])
      yield* assertQueueEmpty
    }).pipe(Effect.provide(world))
  )

  it.effect("claims, records and acknowledges in one call each", () => {
    const calls: Array<string> = []
    return Effect.gen(function* () {
      yield* placed(a, b, c)
      yield* confirm
      assert.deepStrictEqual(calls, ["claim 3", "record 3", "acknowledge 3"])
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          intercept(OrderStore, (store) => ({
            claim: (request) => {
              calls.push(`claim ${request.orderIds.length}`)
              return store.claim(request)
            },
            recordMails: (records) => {
              calls.push(`record ${records.length}`)
              return store.recordMails(records)
            }
          })),
          intercept(OrderQueue, (queue) => ({
            acknowledge: (receipts) => {
              calls.push(`acknowledge ${receipts.length}`)
              return queue.acknowledge(receipts)
            }
          }))
        ).pipe(Layer.provideMerge(world))
      )
    )
  })

  it.effect("shows readers the confirmation in the cache", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* confirm
      assert.strictEqual(yield* cachedStateOf(a), "confirmed/sent")
    }).pipe(Effect.provide(world))
  )

  it.effect("shows readers that the mail is being sent before it is", () => {
    let seen: string | undefined
    return Effect.gen(function* () {
      yield* placed(a)
      yield* confirm
      assert.strictEqual(seen, "confirmed/sending")
    }).pipe(
      Effect.provide(
        Layer.effect(
          Mailer,
          Effect.gen(function* () {
            const real = yield* Mailer
            const context = yield* Effect.context<OrderCache>()
            return {
              ...real,
              send: (mail) =>
                cachedStateOf(a).pipe(
                  Effect.provideContext(context),
                  Effect.orDie,
                  Effect.tap((state) => Effect.sync(() => (seen = state))),
                  Effect.andThen(real.send(mail))
                )
            }
          })
        ).pipe(Layer.provideMerge(world))
      )
    )
  })

  it.effect("sends its mails without waiting for the cache", () =>
    Effect.gen(function* () {
      const answered = yield* Deferred.make<void>()
      const slowCache = intercept(OrderCache, (real) => ({
        put: (orders) => Effect.andThen(Deferred.await(answered), real.put(orders))
      }))
      yield* placed(a)
      const worker = yield* Effect.forkChild(Effect.provide(confirm, slowCache))
      yield* TestClock.adjust("1 second")
      const sent = yield* mails
      yield* Deferred.succeed(answered, undefined)
      yield* Fiber.join(worker)
      assert.deepStrictEqual(sent, [mailOf(a)])
      assert.strictEqual(yield* cachedStateOf(a), "confirmed/sent")
    }).pipe(Effect.provide(world))
  )

  it.effect(
    "sends one mail for an order that is in the batch twice, and deletes both messages",
    () =>
      Effect.gen(function* () {
        yield* placed(a)
        yield* sendMessages([a])
        yield* confirm
        assert.deepStrictEqual(yield* mails, [mailOf(a)])
        yield* assertQueueEmpty
      }).pipe(Effect.provide(world))
  )

  it.effect(
    "deletes a message that comes again after its order is settled, and mails nothing",
    () =>
      Effect.gen(function* () {
        yield* placed(a)
        yield* confirm
        yield* sendMessages([a])
        yield* confirm
        assert.deepStrictEqual(yield* mails, [mailOf(a)])
        yield* assertQueueEmpty
      }).pipe(Effect.provide(world))
  )

  it.effect("continues the trace of the request that placed the order", () => {
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return Effect.gen(function* () {
      yield* storeOrder(a)
      const traceId = "0af7651916cd43dd8448eb211c80319c"
      yield* sendMessages([a], `00-${traceId}-b7ad6b7169203331-01`)
      yield* confirm
      const span = spans.find(({ name }) => name === "order confirm")
      assert.strictEqual(span?.traceId, traceId)
      assert.strictEqual(
        Option.getOrUndefined(span?.parent ?? Option.none())?.spanId,
        "b7ad6b7169203331"
      )
    }).pipe(Effect.provide(world), Effect.provideService(Tracer.Tracer, tracer))
  })
})

describe("messages that are not a waiting order", () => {
  it.effect("an undecodable one goes to the dead-letter queue at once, with its reason", () =>
    Effect.gen(function* () {
      yield* (yield* OrderQueue).send([
        { body: '{"v":2}', traceparent: "" },
        { body: "not JSON", traceparent: "" }
      ])
      yield* placed(a)
      yield* confirm
      const dead = yield* (yield* MemoryDeadLetters).list
      assert.deepStrictEqual(dead.map(({ body }) => body).toSorted(), ["not JSON", '{"v":2}'])
      for (const { reason } of dead) assert.isNotEmpty(Option.getOrThrow(reason))
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      yield* assertQueueEmpty
    }).pipe(Effect.provide(world))
  )

  it.effect(
    "one whose order is not found is never deleted: it waits longer, then is set aside",
    () =>
      Effect.gen(function* () {
        const worker = makeWorker()
        yield* sendMessages([ghost])
        for (const wait of [30, 60, 120, 120, 120, 120]) {
          yield* worker()
          yield* TestClock.adjust(`${wait - 1} seconds`)
          assert.lengthOf(yield* receive(), 0)
          yield* TestClock.adjust("1 second")
        }
        yield* worker()
        yield* assertQueueEmpty
        assert.deepStrictEqual(yield* letters, [Option.some("no such order")])
      }).pipe(Effect.provide(world))
  )

  it.effect(
    "a cancelled order is not mailed, nor cached as confirmed, and its message is deleted",
    () =>
      Effect.gen(function* () {
        yield* placed(a)
        yield* (yield* OrderStore).change(a, "cancel", yield* now)
        yield* confirm
        assert.strictEqual(yield* stateOf(a), "cancelled/not_due")
        assert.isUndefined(yield* cachedStateOf(a))
        assert.deepStrictEqual(yield* mails, [])
        yield* assertQueueEmpty
      }).pipe(Effect.provide(world))
  )

  it.effect("a cancel that comes while the mail is sent stays what readers see", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* confirm
      assert.strictEqual(yield* stateOf(a), "cancelled/sent")
      assert.strictEqual(yield* cachedStateOf(a), "cancelled/sent")
    }).pipe(
      Effect.provide(
        Layer.effect(
          Mailer,
          Effect.gen(function* () {
            const real = yield* Mailer
            const store = yield* OrderStore
            const cache = yield* OrderCache
            return {
              ...real,
              send: () =>
                Effect.gen(function* () {
                  const { order } = Option.getOrThrow(yield* store.change(a, "cancel", yield* now))
                  yield* cache.put([order])
                }).pipe(Effect.orDie)
            }
          })
        ).pipe(Layer.provideMerge(world))
      )
    )
  )

  it.effect(
    "one whose order another worker holds is hidden for exactly the rest of that lease",
    () =>
      Effect.gen(function* () {
        yield* placed(a)
        const at = yield* now
        const leaseUntil = addSeconds(at, 17.2)
        yield* (yield* OrderStore).claim({
          orderIds: [a],
          claimId: ClaimId.make("other"),
          at,
          leaseUntil
        })
        yield* confirm
        assert.strictEqual(yield* nextVisibleIn, 18)
        assert.deepStrictEqual(yield* mails, [])
      }).pipe(Effect.provide(world))
  )

  it.effect("two workers with the same order at once send one mail", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* sendMessages([a])
      yield* Effect.all([makeWorker()(1), makeWorker()(1)], { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      yield* TestClock.adjust("1 minute")
      yield* confirm
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      yield* assertQueueEmpty
    }).pipe(Effect.provide(world))
  )
})

describe("a mail that fails", () => {
  /** Fails the first `failures` sends. */
  const failing = (reason: MailerError["reason"], failures: number) => {
    const watch = stopwatch()
    let left = failures
    const layer = intercept(Mailer, (real) => ({
      send: (mail) =>
        Effect.andThen(watch.lap, left-- > 0 ? Effect.fail(mailerError(reason)) : real.send(mail))
    })).pipe(Layer.provideMerge(world))
    return { layer, seconds: watch.seconds }
  }

  it.effect(
    "is tried again in process after 0.5, 1, 2, 4 and 8 s, then left to the next delivery",
    () => {
      const { layer, seconds } = failing("unavailable", 6)
      return Effect.gen(function* () {
        yield* placed(a)
        const worker = yield* Effect.forkChild(confirm)
        yield* TestClock.adjust("15.5 seconds")
        yield* Fiber.join(worker)
        assert.deepStrictEqual(seconds(), [0, 0.5, 1.5, 3.5, 7.5, 15.5])
        // Not deleted, nor settled: hidden for half a minute, its claim given back.
        assert.strictEqual(yield* stateOf(a), "confirmed/waiting")
        assert.strictEqual(yield* cachedStateOf(a), "confirmed/waiting")
        yield* TestClock.adjust("29 seconds")
        assert.lengthOf(yield* receive(), 0)
        yield* TestClock.adjust("1 second")
        yield* confirm
        assert.strictEqual(yield* stateOf(a), "confirmed/sent")
        yield* assertQueueEmpty
      }).pipe(Effect.provide(layer))
    }
  )

  it.effect("waits longer with each delivery", () => {
    const { layer } = failing("unavailable", 12)
    return Effect.gen(function* () {
      yield* placed(a)
      for (const wait of [30, 60]) {
        const worker = yield* Effect.forkChild(confirm)
        yield* TestClock.adjust("15.5 seconds")
        yield* Fiber.join(worker)
        yield* TestClock.adjust(`${wait - 1} seconds`)
        assert.lengthOf(yield* receive(), 0)
        yield* TestClock.adjust("1 second")
      }
      assert.strictEqual((yield* receive())[0]?.receiveCount, 3)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is left to the watchdog only after its message's own next delivery", () => {
    const { layer } = failing("denied", 1)
    return Effect.gen(function* () {
      yield* placed(a)
      yield* confirm
      const store = yield* OrderStore
      const at = yield* now
      assert.lengthOf(yield* store.takeOverdue(addSeconds(at, 89), 10), 0)
      assert.lengthOf(yield* store.takeOverdue(addSeconds(at, 90), 10), 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is not tried again in process where the credentials are wrong", () => {
    const { layer, seconds } = failing("denied", 1)
    return Effect.gen(function* () {
      yield* placed(a)
      yield* confirm
      assert.lengthOf(seconds(), 1)
      assert.strictEqual(yield* stateOf(a), "confirmed/waiting")
      assert.strictEqual(yield* nextVisibleIn, 30)
    }).pipe(Effect.provide(layer))
  })

  it.effect("settles the order as undeliverable where it is refused for good", () => {
    const { layer, seconds } = failing("rejected", 1)
    return Effect.gen(function* () {
      yield* placed(a)
      yield* confirm
      assert.lengthOf(seconds(), 1)
      assert.strictEqual(yield* stateOf(a), "confirmed/undeliverable")
      assert.strictEqual(yield* cachedStateOf(a), "confirmed/undeliverable")
      yield* assertQueueEmpty
    }).pipe(Effect.provide(layer))
  })

  it.effect("settles the order as undeliverable where the account is gone", () =>
    Effect.gen(function* () {
      yield* storeOrder(a, UserId.make("nobody"))
      yield* sendMessages([a])
      yield* confirm
      assert.strictEqual(yield* stateOf(a), "confirmed/undeliverable")
      yield* assertQueueEmpty
    }).pipe(Effect.provide(world))
  )

  it.effect("does not keep the others of its batch from being recorded and deleted", () =>
    Effect.gen(function* () {
      yield* placed(good, bad)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* stateOf(good), "confirmed/sent")
      assert.strictEqual(yield* stateOf(bad), "confirmed/sending")
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(worker)
      assert.lengthOf(yield* receive(), 1)
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) =>
            mail.subject === mailOf(bad) ? Effect.fail(mailerError("unavailable")) : real.send(mail)
        })).pipe(Layer.provideMerge(world))
      )
    )
  )

  it.effect("slows the others down where the provider throttles", () => {
    const { layer } = failing("throttled", 1)
    let throttled = 0
    return Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(worker)
      assert.strictEqual(throttled, 1)
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
    }).pipe(
      Effect.provide(
        intercept(SendRate, () => ({
          throttled: Effect.sync(() => {
            throttled++
          })
        })).pipe(Layer.provideMerge(layer))
      )
    )
  })

  it.effect("is not started with less of the lease left than a send may take", () => {
    const sends: Array<string> = []
    return Effect.gen(function* () {
      yield* placed(a, b)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(worker)
      // The second's turn would come after 100 s, its lease holds for 60.
      assert.lengthOf(sends, 1)
      assert.lengthOf(yield* receive(), 1)
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) => {
            sends.push(mail.subject)
            return real.send(mail)
          }
        })).pipe(
          Layer.provideMerge(MemorySendRate.layer({ maxPerSecond: 0.01 })),
          Layer.provideMerge(world)
        )
      )
    )
  })

  it.effect("waits for the accounts where they cannot be read", () => {
    let failures = 2
    return Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("1.5 seconds")
      yield* Fiber.join(worker)
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
    }).pipe(
      Effect.provide(
        intercept(AccountStore, (real) => ({
          findUsers: (ids) =>
            failures-- > 0
              ? Effect.fail(new AccountStoreError({ operation: "findUsers", cause: "away" }))
              : real.findUsers(ids)
        })).pipe(Layer.provideMerge(world))
      )
    )
  })
})

describe("a mail that was sent", () => {
  /** A store whose records fail while `away.value`. */
  const forgetful = () => {
    const away = { value: true }
    const layer = intercept(OrderStore, (real) => ({
      recordMails: (records) =>
        Effect.suspend(() =>
          away.value ? Effect.fail(storeError("recordMails")) : real.recordMails(records)
        )
    })).pipe(Layer.provideMerge(world))
    return { away, layer }
  }

  it.effect("is not sent again because its record fails: the record is tried again", () => {
    const { away, layer } = forgetful()
    return Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("10 seconds")
      away.value = false
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(worker)
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      yield* assertQueueEmpty
    }).pipe(Effect.provide(layer))
  })

  it.effect(
    "keeps its message while it cannot be recorded, and this worker records it later",
    () => {
      const { away, layer } = forgetful()
      return Effect.gen(function* () {
        const process = makeWorker()
        yield* placed(a)
        const worker = yield* Effect.forkChild(process())
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.join(worker)
        assert.strictEqual(yield* stateOf(a), "confirmed/sending")
        away.value = false
        // Back after its visibility timeout, when the lease is over too: both were extended at 20 s.
        yield* TestClock.adjust("50 seconds")
        yield* process()
        assert.strictEqual(yield* stateOf(a), "confirmed/sent")
        assert.deepStrictEqual(yield* mails, [mailOf(a)])
        yield* assertQueueEmpty
      }).pipe(Effect.provide(layer))
    }
  )

  it.effect("is remembered as sent only until that is on record, here or by another worker", () => {
    const { away, layer } = forgetful()
    return Effect.gen(function* () {
      const unrecorded = new Set([settled])
      const process = makeWorker(unrecorded)
      yield* placed(a)
      const worker = yield* Effect.forkChild(process())
      yield* TestClock.adjust("80 seconds")
      yield* Fiber.join(worker)
      assert.deepStrictEqual([...unrecorded], [settled, a])
      away.value = false
      yield* placed(settled)
      yield* (yield* OrderStore).change(settled, "cancel", yield* now)
      yield* process()
      assert.deepStrictEqual([...unrecorded], [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("whose record dies keeps nobody else from being mailed", () => {
    let records = 0
    let sends = 0
    return Effect.gen(function* () {
      yield* placed(a, b)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("0.5 seconds")
      yield* Fiber.join(worker)
      assert.deepStrictEqual((yield* mails).toSorted(), [mailOf(a), mailOf(b)])
      const states = [yield* stateOf(a), yield* stateOf(b)]
      assert.deepStrictEqual(states.toSorted(), ["confirmed/sending", "confirmed/sent"])
    }).pipe(
      Effect.provide(
        Layer.merge(
          intercept(OrderStore, (real) => ({
            recordMails: (outcomes) =>
              ++records === 1 ? Effect.die(new Error("a bug")) : real.recordMails(outcomes)
          })),
          intercept(Mailer, (real) => ({
            send: (mail) =>
              ++sends === 1 ? Effect.fail(mailerError("unavailable")) : real.send(mail)
          }))
        ).pipe(Layer.provideMerge(world))
      )
    )
  })

  /** While `dead.value`, whoever has sent a mail is stopped before its record, and does nothing more. */
  const dying = () => {
    const dead = { value: true }
    const unless = <A, E>(call: Effect.Effect<A, E>) =>
      Effect.suspend(() => (dead.value ? Effect.never : call))
    const layer = Layer.merge(
      intercept(OrderStore, (real) => ({
        recordMails: (records) => unless(real.recordMails(records)),
        renewClaims: (request) => unless(real.renewClaims(request))
      })),
      intercept(OrderQueue, (real) => ({
        changeVisibility: (changes) => unless(real.changeVisibility(changes))
      }))
    ).pipe(Layer.provideMerge(world))
    return { dead, layer }
  }

  /** A dead process neither goes on nor cleans up: its fiber is left where it was. */
  const confirmAndDie = Effect.forkDetach(confirm, { startImmediately: true })

  it.effect("comes back and ends settled where its sender died before recording it", () => {
    const { dead, layer } = dying()
    return Effect.gen(function* () {
      yield* placed(a)
      yield* confirmAndDie
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      assert.strictEqual(yield* stateOf(a), "confirmed/sending")
      yield* TestClock.adjust(`${visibilitySeconds} seconds`)
      dead.value = false
      yield* confirm
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      // The one duplicate that cannot be avoided.
      assert.deepStrictEqual(yield* mails, [mailOf(a), mailOf(a)])
      yield* assertQueueEmpty
    }).pipe(Effect.provide(layer))
  })

  it.effect("leaves nobody waiting for it where its order is cancelled and its sender died", () => {
    const { dead, layer } = dying()
    return Effect.gen(function* () {
      yield* placed(a)
      yield* confirmAndDie
      assert.strictEqual(yield* cachedStateOf(a), "confirmed/sending")
      yield* cancelOrder({ userId: customer.id, sessionId: SessionId.make("s"), role: "user" }, a)
      yield* TestClock.adjust(`${visibilitySeconds} seconds`)
      dead.value = false
      yield* confirm
      assert.strictEqual(yield* stateOf(a), "cancelled/not_due")
      assert.strictEqual(yield* cachedStateOf(a), "cancelled/not_due")
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      yield* assertQueueEmpty
    }).pipe(Effect.provide(layer))
  })

  it.effect("is recorded although the batch was interrupted while it was sent", () =>
    Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      const interruption = yield* Effect.forkChild(Fiber.interrupt(worker))
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(interruption)
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      yield* assertQueueEmpty
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) => Effect.delay(real.send(mail), "5 seconds")
        })).pipe(Layer.provideMerge(world))
      )
    )
  )

  it.effect("is recorded although another mail of its batch died", () =>
    Effect.gen(function* () {
      yield* placed(good, bad)
      yield* confirm
      assert.strictEqual(yield* stateOf(good), "confirmed/sent")
      assert.strictEqual(yield* stateOf(bad), "confirmed/waiting")
      assert.strictEqual(yield* nextVisibleIn, 30)
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) =>
            mail.subject === mailOf(bad) ? Effect.die(new Error("a bug")) : real.send(mail)
        })).pipe(Layer.provideMerge(world))
      )
    )
  )
})

describe("an interrupted batch", () => {
  it.effect("gives back at once what it has not sent", () =>
    Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.interrupt(worker)
      assert.strictEqual(yield* stateOf(a), "confirmed/waiting")
      assert.lengthOf(yield* receive(), 1)
    }).pipe(
      Effect.provide(
        intercept(Mailer, () => ({
          send: () => Effect.fail(mailerError("unavailable"))
        })).pipe(Layer.provideMerge(world))
      )
    )
  )

  it.effect("ends the deliveries of others first that it is at", () => {
    const layer = Layer.mergeAll(
      intercept(OrderQueue, (real) => ({
        acknowledge: (receipts) => Effect.delay(real.acknowledge(receipts), "1 second")
      })),
      intercept(Mailer, () => ({ send: () => Effect.fail(mailerError("unavailable")) }))
    )
    return Effect.gen(function* () {
      yield* placed(settled)
      yield* confirm
      yield* sendMessages([settled])
      yield* placed(waiting)
      const worker = yield* Effect.forkChild(Effect.provide(confirm, layer))
      yield* TestClock.adjust("100 millis")
      const interrupted = yield* Effect.forkChild(Fiber.interrupt(worker))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interrupted)
      assert.lengthOf(yield* receive(), 1)
      yield* TestClock.adjust(`${visibilitySeconds} seconds`)
      assert.lengthOf(yield* receive(), 1)
    }).pipe(Effect.provide(world))
  })

  it.effect("gives back at once what it waits to claim", () =>
    Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.interrupt(worker)
      assert.lengthOf(yield* receive(), 1)
    }).pipe(
      Effect.provide(
        intercept(OrderStore, () => ({
          claim: () => Effect.fail(storeError("claim"))
        })).pipe(Layer.provideMerge(world))
      )
    )
  )

  it.effect("knows what it claimed: an answer that comes after the interruption is used", () =>
    Effect.gen(function* () {
      const claiming = yield* Deferred.make<void>()
      yield* placed(a)
      const worker = yield* confirm.pipe(
        Effect.provide(
          intercept(OrderStore, (real) => ({
            claim: (request) =>
              Deferred.succeed(claiming, undefined).pipe(
                Effect.andThen(Effect.sleep("1 second")),
                Effect.andThen(real.claim(request))
              )
          }))
        ),
        Effect.forkChild
      )
      yield* Deferred.await(claiming)
      const interruption = yield* Effect.forkChild(Fiber.interrupt(worker))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interruption)
      assert.strictEqual(yield* stateOf(a), "confirmed/waiting")
      assert.lengthOf(yield* receive(), 1)
    }).pipe(Effect.provide(world))
  )
})

describe("parts that are away", () => {
  it.effect("a store that cannot be reached leaves the messages to their next delivery", () =>
    Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("15.5 seconds")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(worker)))
      assert.strictEqual(yield* stateOf(a), "pending/waiting")
      assert.strictEqual(yield* nextVisibleIn, 30)
    }).pipe(
      Effect.provide(
        intercept(OrderStore, () => ({
          claim: () => Effect.fail(storeError("claim"))
        })).pipe(Layer.provideMerge(world))
      )
    )
  )

  it.effect("a cache that fails keeps no order from being confirmed", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* confirm
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      yield* assertQueueEmpty
    }).pipe(
      Effect.provide(
        intercept(OrderCache, () => ({
          put: () => Effect.fail(new OrderCacheError({ operation: "put", cause: "away" }))
        })).pipe(Layer.provideMerge(world))
      )
    )
  )

  it.effect("messages that the queue did not delete are named to it again", () => {
    const calls: Array<number> = []
    return Effect.gen(function* () {
      yield* placed(a, b, c)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(worker)
      assert.deepStrictEqual(calls, [3, 1])
      yield* assertQueueEmpty
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          acknowledge: (receipts) => {
            calls.push(receipts.length)
            return calls.length === 1
              ? Effect.as(real.acknowledge(receipts.slice(1)), receipts.slice(0, 1))
              : real.acknowledge(receipts)
          }
        })).pipe(Layer.provideMerge(world))
      )
    )
  })

  it.effect("a queue that deletes nothing costs no second mail", () => {
    let away = true
    return Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("60 seconds")
      yield* Fiber.join(worker)
      away = false
      yield* confirm
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      yield* assertQueueEmpty
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          acknowledge: (receipts) =>
            away ? Effect.fail(queueError("acknowledge")) : real.acknowledge(receipts)
        })).pipe(Layer.provideMerge(world))
      )
    )
  })
})

it.effect("mails go to the order's customer", () => {
  const recipients: Array<string> = []
  return Effect.gen(function* () {
    yield* placed(a)
    yield* confirm
    assert.deepStrictEqual(recipients, [customer.email])
  }).pipe(
    Effect.provide(
      intercept(Mailer, () => ({
        send: ({ to }) => Effect.sync(() => void recipients.push(to))
      })).pipe(Layer.provideMerge(world))
    )
  )
})
