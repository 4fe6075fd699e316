// The mails about what became of orders after their confirmation: each change is mailed once, in its turn, by whichever
// worker is there.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as MemorySendRate from "../../src/layers/memory/MemorySendRate.ts"
import { OrderId } from "../../src/services/ids.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import type { ChangeCommand } from "../../src/services/orders/model/OrderStatus.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { now } from "../../src/services/time.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { leaseSeconds } from "../../src/worker/MailLoop.ts"
import { metricValue } from "../metricValue.ts"
import {
  cachedStateOf,
  mailerError,
  mailOf,
  mails,
  makeOutage,
  numbered,
  orderOf,
  pass,
  placed,
  runWorker,
  startWorker,
  stateOf,
  storeOrder,
  system
} from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")
const c = OrderId.make("c")

const change = Effect.fnUntraced(function* (id: OrderId, command: ChangeCommand, reason?: string) {
  const at = yield* now
  yield* OrderStore.use((store) => store.change(id, command, at, reason))
})

const noticeOf = (id: OrderId) => Effect.map(orderOf(id), ({ notice }) => notice?.state)

/** Two orders whose confirmations are out, and one that is pending, all of them changed. */
const changed = Effect.gen(function* () {
  yield* placed(a, b)
  const { stop } = yield* startWorker()
  yield* pass(1)
  yield* stop
  yield* storeOrder(c)
  yield* change(a, "fulfil")
  yield* change(b, "cancel", "a wrong price")
  yield* change(c, "fail", "it cannot be made")
})

const noticesOfThem = [mailOf(a, "fulfilled"), mailOf(b, "cancelled"), mailOf(c, "failed")]

describe("a change of an order", () => {
  it.effect("is mailed within seconds, once, and readers see that it is mailed", () =>
    Effect.gen(function* () {
      yield* changed
      const before = yield* mails
      assert.sameMembers([...before], [mailOf(a), mailOf(b)])
      yield* runWorker
      yield* pass(3)
      assert.sameMembers((yield* mails).slice(2), noticesOfThem)
      for (const id of [a, b, c]) assert.strictEqual(yield* noticeOf(id), "sent")
      assert.strictEqual(yield* cachedStateOf(a), "fulfilled/sent")
      assert.strictEqual(yield* cachedStateOf(c), "failed/not_due")
      yield* TestClock.adjust("2 hours")
      assert.lengthOf(yield* mails, 5)
    }).pipe(Effect.provide(system))
  )

  it.effect("is mailed once by several concurrent workers", () =>
    Effect.gen(function* () {
      yield* changed
      for (let i = 0; i < 3; i++) yield* runWorker
      yield* pass(5)
      assert.sameMembers((yield* mails).slice(2), noticesOfThem)
    }).pipe(Effect.provide(system))
  )

  it.effect("while its confirmation is being sent is mailed after it", () => {
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(1)
      assert.strictEqual(yield* stateOf(a), "confirmed/sending")
      yield* change(a, "cancel")
      yield* pass(10)
      // It went out, and its readers are told so, though the order is cancelled.
      assert.strictEqual(yield* stateOf(a), "cancelled/sent")
      yield* pass(leaseSeconds + 15)
      assert.deepStrictEqual(yield* mails, [mailOf(a), mailOf(a, "cancelled")])
      assert.strictEqual(yield* noticeOf(a), "sent")
    }).pipe(
      Effect.provide(
        // The notice would overtake it.
        intercept(Mailer, (real) => ({
          send: (mail) =>
            mail.subject === mailOf(a)
              ? Effect.delay(real.send(mail), "7 seconds")
              : real.send(mail)
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("of an order whose confirmation waits is mailed instead of it", () => {
    const { outage, unless } = makeOutage()
    return Effect.gen(function* () {
      yield* placed(a)
      yield* runWorker
      yield* pass(5)
      assert.strictEqual(yield* stateOf(a), "confirmed/waiting")
      yield* change(a, "cancel")
      yield* pass(5)
      outage.away = false
      yield* TestClock.adjust("2 minutes")
      yield* pass(2)
      assert.deepStrictEqual(yield* mails, [mailOf(a, "cancelled")])
      assert.strictEqual(yield* stateOf(a), "cancelled/not_due")
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) => unless(mailerError("unavailable"))(real.send(mail))
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("that may have been mailed is mailed again after five minutes, and not before", () => {
    const { outage, unless } = makeOutage()
    return Effect.gen(function* () {
      yield* storeOrder(c)
      yield* change(c, "fail", "it cannot be made")
      yield* runWorker
      yield* pass(3)
      outage.away = false
      yield* pass(280)
      assert.deepStrictEqual(yield* mails, [])
      yield* pass(30)
      assert.deepStrictEqual(yield* mails, [mailOf(c, "failed")])
    }).pipe(
      Effect.provide(
        intercept(Mailer, (real) => ({
          send: (mail) => unless(mailerError("unavailable", true))(real.send(mail))
        })).pipe(Layer.provideMerge(system))
      )
    )
  })

  it.effect("counts as a mail, and not as a confirmation", () =>
    Effect.gen(function* () {
      const counts = Effect.all([
        metricValue("mails_sent_total"),
        metricValue("order_confirmation_seconds")
      ])
      yield* changed
      const [sent, confirmed] = yield* counts
      yield* runWorker
      yield* pass(3)
      assert.deepStrictEqual(yield* counts, [Number(sent) + 3, confirmed])
    }).pipe(Effect.provide(system))
  )
})

describe("a mail service that was unavailable", () => {
  it.effect("gets all waiting notices and confirmations, once each, at the rate", () => {
    const { outage, unless } = makeOutage()
    const perSecond = 10
    return Effect.gen(function* () {
      const ids = numbered(60)
      const cancelled = ids.slice(0, 30)
      yield* placed(...ids)
      yield* runWorker
      yield* pass(5)
      for (const id of cancelled) yield* change(id, "cancel")
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(yield* mails, [])
      outage.away = false
      while ((yield* mails).length === 0) yield* TestClock.adjust("100 millis")
      yield* pass(3)
      assert.isAtMost((yield* mails).length, 3 * perSecond + 4)
      yield* pass(60 / perSecond + 3)
      assert.deepStrictEqual(
        (yield* mails).toSorted(),
        ids.map((id) => mailOf(id, cancelled.includes(id) ? "cancelled" : "confirmed")).toSorted()
      )
    }).pipe(
      Effect.provide(
        Layer.merge(
          MemorySendRate.layer({ maxPerSecond: perSecond }),
          intercept(Mailer, (real) => ({
            send: (mail) => unless(mailerError("unavailable"))(real.send(mail))
          }))
        ).pipe(Layer.provideMerge(system))
      )
    )
  })
})
