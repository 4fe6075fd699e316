// The second step: which mails go out, when, how often, and what is recorded of them.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Option, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { MemoryDatabase } from "../../src/layers/memory/MemoryDatabase.ts"
import * as MemorySendRate from "../../src/layers/memory/MemorySendRate.ts"
import { AccountStore, AccountStoreError } from "../../src/services/accounts/ports/AccountStore.ts"
import { OrderId, UserId } from "../../src/services/ids.ts"
import { Shop, unnamedShop } from "../../src/services/mails/Shop.ts"
import { Mailbox } from "../../src/services/messaging/Mailbox.ts"
import { Mailer, type MailerError } from "../../src/services/messaging/Mailer.ts"
import { SendRate } from "../../src/services/messaging/SendRate.ts"
import { numberOf } from "../../src/services/orders/model/orderNumber.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { addSeconds, now } from "../../src/services/time.ts"
import { intercept } from "../../src/testing/intercept.ts"
import {
  cachedStateOf,
  customer,
  mailerError,
  mailOf,
  mails,
  makeOutage,
  numbered,
  orderOf,
  pass,
  placed,
  runWorker,
  sendMessages,
  startWorker,
  stateOf,
  storeError,
  storeOrder,
  system
} from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")

const workOf = (id: OrderId) =>
  MemoryDatabase.use(({ orders }) => Effect.sync(() => orders.get(id)?.work ?? Option.none()))

/** Seconds until the mail of an order is due. */
const dueIn = Effect.fnUntraced(function* (id: OrderId) {
  const { dueAt } = Option.getOrThrow(yield* workOf(id))
  return (dueAt.getTime() - (yield* Clock.currentTimeMillis)) / 1000
})

/** A mailer whose sends fail while `error` is set; the seconds at which it was asked. */
const failing = (error: MailerError) => {
  const state: { error: MailerError | undefined } = { error }
  const asked: Array<number> = []
  const layer = intercept(Mailer, (real) => ({
    send: (mail) =>
      Effect.flatMap(Clock.currentTimeMillis, (millis) => {
        asked.push(millis / 1000)
        return state.error === undefined ? real.send(mail) : Effect.fail(state.error)
      })
  })).pipe(Layer.provideMerge(system))
  return { state, asked, layer }
}

describe("a mail that is due", () => {
  it.effect("is in the customer's language, and from the configured shop", () =>
    Effect.gen(function* () {
      yield* storeOrder(a)
      const accounts = yield* AccountStore
      yield* accounts.changeProfile(customer.id, { locale: "de" })
      yield* sendMessages([a])
      yield* runWorker
      yield* pass(1)
      const [mail] = yield* (yield* Mailbox).list
      assert.strictEqual(mail?.subject, `Ihre Bestellung ${numberOf(a, customer.id)} ist bestätigt`)
      assert.include(mail?.text, "\n--\nTea & Cups\n")
    }).pipe(
      Effect.provide(
        Layer.merge(system, Layer.succeed(Shop, { ...unnamedShop, name: "Tea & Cups" }))
      )
    )
  )

  it.effect("is sent to the order's customer once, and settles its order", () =>
    Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      assert.strictEqual(yield* cachedStateOf(a), "confirmed/sent")
      assert.isTrue(Option.isNone(yield* workOf(a)))
      yield* TestClock.adjust("2 hours")
      assert.lengthOf(yield* mails, 1)
    }).pipe(Effect.provide(system))
  )

  it.effect("is sent by another worker when its confirmer died before it claimed it", () =>
    Effect.gen(function* () {
      yield* storeOrder(a)
      yield* OrderStore.use((store) => Effect.flatMap(now, (at) => store.confirm([a], at)))
      yield* runWorker
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* mails, [])
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
    }).pipe(Effect.provide(system))
  )

  it.effect("of an order that is cancelled before the claim is never sent: the notice is", () => {
    const rate = { open: false }
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      assert.strictEqual(yield* stateOf(a), "confirmed/waiting")
      yield* OrderStore.use((store) => Effect.flatMap(now, (at) => store.change(a, "cancel", at)))
      rate.open = true
      yield* TestClock.adjust("2 hours")
      assert.deepStrictEqual(yield* mails, [mailOf(a, "cancelled")])
      assert.strictEqual(yield* stateOf(a), "cancelled/not_due")
    }).pipe(
      Effect.provide(
        intercept(SendRate, (real) => ({
          take: (max) =>
            Effect.suspend(() =>
              rate.open ? real.take(max) : Effect.succeed({ taken: 0, waitMillis: 100 })
            )
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("is sent by one of several workers", () =>
    Effect.gen(function* () {
      for (let i = 0; i < 3; i++) yield* runWorker
      const ids = numbered(100)
      yield* Effect.forEach(ids, (id) => storeOrder(id))
      yield* OrderStore.use((store) => Effect.flatMap(now, (at) => store.confirm(ids, at)))
      yield* pass(20)
      assert.deepStrictEqual((yield* mails).toSorted(), ids.map((id) => mailOf(id)).toSorted())
    }).pipe(Effect.provide(system))
  )

  it.effect("continues the trace of the request that placed the order", () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c"
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return Effect.gen(function* () {
      yield* storeOrder(a, { traceparent: `00-${traceId}-b7ad6b7169203331-01` })
      yield* sendMessages([a])
      yield* runWorker
      yield* pass(1)
      const mail = spans.find(({ name }) => name === "send mail")
      assert.strictEqual(mail?.traceId, traceId)
      assert.strictEqual(mail?.attributes.get("order.id"), a)
    }).pipe(Effect.provide(system), Effect.provideService(Tracer.Tracer, tracer))
  })
})

describe("mails while the service works", () => {
  it.effect("belong to at most two claims", () => {
    let sending = 0
    let most = 0
    return Effect.gen(function* () {
      yield* placed(...numbered(30))
      const { stop } = yield* startWorker({ concurrency: 12 })
      yield* pass(30)
      assert.strictEqual(most, 24)
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

  it.effect("do not wait for a slow one, nor for its record", () =>
    Effect.gen(function* () {
      yield* placed(a, ...numbered(20))
      const { stop } = yield* startWorker({ concurrency: 4 })
      yield* pass(2)
      assert.lengthOf(yield* mails, 20)
      const states = new Set(yield* Effect.forEach(numbered(20), stateOf))
      assert.deepStrictEqual([...states], ["confirmed/sent"])
      assert.strictEqual(yield* stateOf(a), "confirmed/sending")
      yield* pass(7)
      yield* stop
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) =>
            mail.subject === mailOf(a)
              ? Effect.delay(real.send(mail), "7 seconds")
              : real.send(mail)
        })).pipe(Layer.provideMerge(system))
      )
    )
  )

  it.effect("take turns: half of them have waited longest", () => {
    const order: Array<string> = []
    return Effect.gen(function* () {
      const old = Array.from({ length: 40 }, (_, i) => OrderId.make(`old-${i}`))
      yield* Effect.forEach(old, (id) => storeOrder(id))
      const at = addSeconds(yield* now, -60)
      yield* OrderStore.use((store) => store.confirm(old, at))
      yield* placed(...numbered(40))
      yield* runWorker
      yield* pass(5)
      const first = order.slice(0, 30)
      const mailsOfOld = new Set(old.map((id) => mailOf(id)))
      const ofOld = first.filter((subject) => mailsOfOld.has(subject)).length
      assert.isAtLeast(ofOld, 12)
      assert.isAtMost(ofOld, 18)
    }).pipe(
      Effect.provide(
        Layer.merge(
          MemorySendRate.layer({ maxPerSecond: 20 }),
          intercept(Mailer, () => ({
            send: ({ subject }) => Effect.sync(() => void order.push(subject))
          }))
        ).pipe(Layer.provideMerge(system))
      )
    )
  })
})

describe("a mail service that accepts no mail", () => {
  for (const reason of ["unavailable", "throttled", "denied"] as const)
    it.effect(
      `because it is ${reason} gets one mail at a time, at long intervals, without end`,
      () => {
        const { state, asked, layer } = failing(mailerError(reason))
        return Effect.gen(function* () {
          yield* placed(...numbered(6))
          const { stop } = yield* startWorker({ concurrency: 6 })
          yield* pass(1)
          const burst = asked.length
          assert.isAtMost(burst, 8)
          yield* Effect.repeat(TestClock.adjust("1 second"), { times: 3600 })
          // 0.5, 1, 2 … 32, then each 60 s: 66 in an hour, and not six times as many.
          assert.isAtLeast(asked.length - burst, 55)
          assert.isAtMost(asked.length - burst, 72)
          state.error = undefined
          yield* pass(62)
          assert.lengthOf(yield* mails, 6)
          yield* stop
        }).pipe(Effect.provide(layer))
      }
    )

  it.effect("gets all waiting mails as soon as one is accepted", () => {
    const { outage, unless } = makeOutage()
    return Effect.gen(function* () {
      yield* placed(...numbered(6))
      const { stop } = yield* startWorker({ concurrency: 6 })
      // The next probe but one is a minute after the next.
      yield* Effect.repeat(TestClock.adjust("1 second"), { times: 600 })
      outage.away = false
      while ((yield* mails).length === 0) yield* TestClock.adjust("100 millis")
      yield* pass(4)
      assert.lengthOf(yield* mails, 6)
      yield* stop
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) =>
            Effect.delay(unless(mailerError("unavailable"))(real.send(mail)), "100 millis")
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("gets another order's mail each time", () => {
    const subjects: Array<string> = []
    return Effect.gen(function* () {
      yield* placed(...numbered(5))
      yield* startWorker({ concurrency: 1 })
      yield* Effect.repeat(TestClock.adjust("1 second"), { times: 60 })
      assert.isAtLeast(new Set(subjects.slice(0, 6)).size, 4)
    }).pipe(
      Effect.provide(
        intercept(Mailer, () => ({
          send: ({ subject }) => {
            subjects.push(subject)
            return Effect.fail(mailerError("unavailable"))
          }
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("stops no order from being confirmed", () => {
    const { layer } = failing(mailerError("unavailable"))
    return Effect.gen(function* () {
      yield* runWorker
      yield* pass(30)
      yield* placed(a)
      yield* pass(1)
      assert.strictEqual(yield* stateOf(a), "confirmed/waiting")
      assert.isAtMost(yield* dueIn(a), 5)
    }).pipe(Effect.provide(layer))
  })

  it.effect("slows all senders down when it throttles", () => {
    const { layer } = failing(mailerError("throttled"))
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      const current = yield* SendRate.use((rate) => rate.current)
      assert.isBelow(current, 600)
    }).pipe(Effect.provide(layer))
  })
})

describe("a mail that may have been sent", () => {
  it.effect("is retried after five minutes, doubling, and not before", () => {
    const { state, asked, layer } = failing(mailerError("unavailable", true))
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      assert.lengthOf(asked, 1)
      assert.closeTo(yield* dueIn(a), 299, 1)
      yield* TestClock.adjust("295 seconds")
      assert.lengthOf(asked, 1)
      yield* pass(10)
      assert.lengthOf(asked, 2)
      assert.closeTo(yield* dueIn(a), 600, 10)
      state.error = undefined
      yield* TestClock.adjust("9 minutes")
      assert.lengthOf(asked, 2)
      yield* pass(90)
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
    }).pipe(Effect.provide(layer))
  })

  it.effect("comes after those that were never tried", () => {
    const { state, layer } = failing(mailerError("unavailable", true))
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      state.error = undefined
      yield* placed(b)
      yield* pass(120)
      assert.deepStrictEqual(yield* mails, [mailOf(b)])
      yield* TestClock.adjust("3 minutes")
      yield* pass(5)
      assert.deepStrictEqual(yield* mails, [mailOf(b), mailOf(a)])
    }).pipe(Effect.provide(layer))
  })
})

describe("a mail without a possible recipient", () => {
  it.effect("settles its order as undeliverable when it is refused permanently", () => {
    const { layer } = failing(mailerError("rejected"))
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      assert.strictEqual(yield* stateOf(a), "confirmed/undeliverable")
      assert.isTrue(Option.isNone(yield* workOf(a)))
    }).pipe(Effect.provide(layer))
  })

  it.effect("settles its order as undeliverable when the account is gone", () =>
    Effect.gen(function* () {
      yield* storeOrder(a, { userId: UserId.make("gone") })
      yield* sendMessages([a])
      yield* runWorker
      yield* pass(1)
      assert.strictEqual(yield* stateOf(a), "confirmed/undeliverable")
    }).pipe(Effect.provide(system))
  )
})

describe("accounts that cannot be read", () => {
  it.effect("lose no mail: all are sent when they can be read", () => {
    const { outage, unless } = makeOutage()
    return Effect.gen(function* () {
      yield* placed(a, b)
      yield* runWorker
      yield* pass(60)
      assert.deepStrictEqual(yield* mails, [])
      outage.away = false
      yield* pass(62)
      assert.deepStrictEqual((yield* mails).toSorted(), [a, b].map((id) => mailOf(id)).toSorted())
    }).pipe(
      Effect.provide(
        intercept(AccountStore, (real) => ({
          findUsers: (ids) =>
            unless(new AccountStoreError({ operation: "findUsers", cause: "away" }))(
              real.findUsers(ids)
            )
        })).pipe(Layer.provideMerge(system))
      )
    )
  })
})

describe("a defect of one mail", () => {
  const bad = OrderId.make("bad")
  const poisons = {
    "its sending": intercept(Mailer, (real) => ({
      send: (mail) =>
        mail.subject === mailOf(bad) ? Effect.die(new Error("a bug")) : real.send(mail)
    })).pipe(Layer.provideMerge(system)),
    "its account": intercept(AccountStore, (real) => ({
      findUsers: (ids) =>
        ids.includes(UserId.make("cursed")) ? Effect.die(new Error("a bug")) : real.findUsers(ids)
    })).pipe(Layer.provideMerge(system)),
    "its record": intercept(OrderStore, (real) => ({
      recordMails: (records) =>
        records.some(({ orderId }) => orderId === bad)
          ? Effect.die(new Error("a bug"))
          : real.recordMails(records)
    })).pipe(Layer.provideMerge(system))
  }

  for (const [what, layer] of Object.entries(poisons))
    it.effect(`in ${what} delays no other`, () =>
      Effect.gen(function* () {
        const good = numbered(8)
        yield* Effect.forEach(good, (id) => storeOrder(id))
        yield* storeOrder(bad, {
          userId: what === "its account" ? UserId.make("cursed") : customer.id
        })
        yield* sendMessages([...good.slice(0, 4), bad, ...good.slice(4)])
        yield* runWorker
        yield* pass(1)
        const states = yield* Effect.forEach(good, stateOf)
        assert.deepStrictEqual(states, Array(8).fill("confirmed/sent"))
        const sent = (yield* mails).filter((subject) => subject !== mailOf(bad))
        assert.deepStrictEqual(sent.toSorted(), good.map((id) => mailOf(id)).toSorted())
      }).pipe(Effect.provide(layer))
    )

  it.effect("counts: the seventh flags the order, and then it is retried hourly", () => {
    const asked: Array<number> = []
    return Effect.gen(function* () {
      yield* placed(bad)
      yield* runWorker
      yield* Effect.repeat(TestClock.adjust("10 seconds"), { times: 30 * 6 - 3 })
      assert.lengthOf(asked, 6)
      assert.deepStrictEqual(yield* OrderStore.use((store) => store.listAttention(10)), [])
      yield* Effect.repeat(TestClock.adjust("10 seconds"), { times: 6 })
      assert.lengthOf(asked, 7)
      const [flag] = yield* OrderStore.use((store) => store.listAttention(10))
      assert.deepInclude(flag, {
        orderId: bad,
        reason: "the mail of the confirmed order: Error: a bug"
      })
      yield* Effect.repeat(TestClock.adjust("10 seconds"), { times: 58 * 6 })
      assert.lengthOf(asked, 7)
      yield* Effect.repeat(TestClock.adjust("10 seconds"), { times: 18 })
      assert.lengthOf(asked, 8)
      // An operator mended it, and asks for the mail.
      yield* OrderStore.use((store) => Effect.flatMap(now, (at) => store.requestMail(bad, at)))
      yield* pass(5)
      assert.lengthOf(asked, 9)
      assert.closeTo(yield* dueIn(bad), 300, 5)
      assert.deepStrictEqual(yield* OrderStore.use((store) => store.listAttention(10)), [])
    }).pipe(
      Effect.provide(
        intercept(Mailer, () => ({
          send: () =>
            Effect.flatMap(Clock.currentTimeMillis, (millis) => {
              asked.push(millis / 1000)
              return Effect.die(new Error("a bug"))
            })
        })).pipe(Layer.provideMerge(system))
      )
    )
  })
})

describe("the outcome of a mail", () => {
  it.effect("is recorded as soon as possible, and no mail is claimed meanwhile", () => {
    const { outage, unless } = makeOutage(false)
    let claims = 0
    return Effect.gen(function* () {
      yield* runWorker
      outage.away = true
      yield* placed(a)
      yield* pass(1)
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      assert.strictEqual(yield* stateOf(a), "confirmed/sending")
      const before = claims
      yield* placed(b)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(claims, before)
      assert.strictEqual(yield* stateOf(b), "confirmed/waiting")
      outage.away = false
      yield* pass(3)
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      assert.deepStrictEqual(yield* mails, [mailOf(a), mailOf(b)])
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          claimMails: (request) => {
            claims++
            return real.claimMails(request)
          },
          recordMails: (records) => unless(storeError("recordMails"))(real.recordMails(records))
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("is recorded together with others, without waiting for the slowest", () => {
    const writes: Array<number> = []
    return Effect.gen(function* () {
      yield* placed(...numbered(8))
      yield* runWorker
      yield* pass(2)
      assert.deepStrictEqual(writes, [1, 7])
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          recordMails: (records) => {
            writes.push(records.length)
            return Effect.delay(real.recordMails(records), "20 millis")
          }
        })).pipe(Layer.provideMerge(system))
      )
    )
  })
})

describe("a claim", () => {
  it.effect("whose response was lost is made again, without waiting for its lease", () => {
    let lost = true
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(2)
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          claimMails: (request) =>
            Effect.flatMap(real.claimMails(request), (claimed) => {
              if (!lost) return Effect.succeed(claimed)
              lost = false
              return Effect.fail(storeError("claimMails"))
            })
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("is released when too little of its lease is left to send", () => {
    let slow = true
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* TestClock.adjust("13 seconds")
      yield* pass(3)
      // Sent on a second claim: the first had less than 8 s left.
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      assert.strictEqual((yield* orderOf(a)).version, 6)
    }).pipe(
      Effect.provide(
        intercept(AccountStore, (real) => ({
          findUsers: (ids) =>
            Effect.suspend(() => {
              if (!slow) return real.findUsers(ids)
              slow = false
              return Effect.delay(real.findUsers(ids), "13 seconds")
            })
        })).pipe(Layer.provideMerge(system))
      )
    )
  })
})
