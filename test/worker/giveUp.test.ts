// What counts towards giving up on a message, and what does not: failures of processing itself do, outages
// and throttles never. Either way the order goes on, and its batch-mates do not notice.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { OrderId } from "../../src/services/ids.ts"
import { Mailer, type MailerError } from "../../src/services/messaging/Mailer.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { intercept } from "../../src/testing/intercept.ts"
import {
  letters,
  mailerError,
  mailOf,
  mails,
  makeOutage,
  numbered,
  pass,
  placed,
  queueError,
  receive,
  runWorker,
  sendMessages,
  startWorker,
  stateOf,
  storeError,
  storeOrder,
  system
} from "./world.ts"

const bad = OrderId.make("bad")
const ghost = OrderId.make("ghost")

const bug = new Error("a bug")

const flagged = OrderStore.use((store) => store.listAttention(10))

const poison = intercept(OrderStore, (real) => ({
  confirm: (ids, at) => (ids.includes(bad) ? Effect.die(bug) : real.confirm(ids, at))
})).pipe(Layer.provideMerge(system))

const reason = "the order cannot be confirmed: Error: a bug"

/** As `pass`, in steps that are long enough for minutes. */
const passLong = (seconds: number) =>
  Effect.repeat(TestClock.adjust("1 second"), { times: seconds - 1 })

/** The time of so many deliveries: the seventh is in the fifth, since the first ones come sooner. */
const deliveries = (count: number) => passLong(125 * count)

describe("one order that cannot be confirmed", () => {
  it.effect("does not delay the others of its batch, and comes back after half a minute", () =>
    Effect.gen(function* () {
      const good = numbered(8)
      yield* placed(...good.slice(0, 4), bad, ...good.slice(4))
      const { stop } = yield* startWorker()
      yield* pass(1)
      const states = yield* Effect.forEach(good, stateOf)
      assert.deepStrictEqual(states, Array(8).fill("confirmed/sent"))
      assert.deepStrictEqual((yield* mails).toSorted(), good.map((id) => mailOf(id)).toSorted())
      yield* stop
      yield* TestClock.adjust("28 seconds")
      assert.lengthOf(yield* receive(), 0)
      yield* TestClock.adjust("2 seconds")
      assert.lengthOf(yield* receive(), 1)
    }).pipe(Effect.provide(poison))
  )

  it.effect("is dead-lettered after seven deliveries, flagged and unchanged", () =>
    Effect.gen(function* () {
      yield* placed(bad)
      yield* runWorker
      yield* deliveries(4)
      assert.deepStrictEqual(yield* letters, [])
      yield* deliveries(1)
      assert.deepStrictEqual(yield* letters, [Option.some(reason)])
      assert.deepInclude((yield* flagged)[0], { orderId: bad, reason })
      assert.strictEqual(yield* stateOf(bad), "pending/waiting")
      assert.deepStrictEqual(yield* receive(), [])
    }).pipe(Effect.provide(poison))
  )

  it.effect("keeps its message while it cannot be flagged", () => {
    const { outage, unless } = makeOutage()
    return Effect.gen(function* () {
      yield* placed(bad)
      yield* runWorker
      yield* deliveries(5)
      assert.deepStrictEqual(yield* letters, [])
      outage.away = false
      yield* deliveries(1)
      assert.lengthOf(yield* letters, 1)
      assert.lengthOf(yield* flagged, 1)
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          flagAttention: (...args) =>
            unless(storeError("flagAttention"))(real.flagAttention(...args))
        })).pipe(Layer.provideMerge(poison))
      )
    )
  })
})

describe("a message of an order that does not exist", () => {
  it.effect(
    "is in the dead-letter queue after seven deliveries, those of an outage not among them",
    () => {
      const { outage, unless } = makeOutage(false)
      return Effect.gen(function* () {
        yield* sendMessages([ghost])
        yield* runWorker
        yield* deliveries(3)
        outage.away = true
        yield* Effect.repeat(TestClock.adjust("10 minutes"), { times: 18 })
        outage.away = false
        assert.deepStrictEqual(yield* letters, [])
        yield* deliveries(7)
        assert.deepStrictEqual(yield* letters, [Option.some("no such order")])
        assert.deepStrictEqual(yield* receive(), [])
      }).pipe(
        Effect.provide(
          intercept(OrderStore, (real) => ({
            confirm: (ids, at) => unless(storeError("confirm"))(real.confirm(ids, at))
          })).pipe(Layer.provideMerge(system))
        )
      )
    }
  )
})

type Unless = ReturnType<typeof makeOutage>["unless"]

const noMail = (reason: MailerError["reason"]) => (unless: Unless) =>
  intercept(Mailer, (real) => ({
    send: (mail) => unless(mailerError(reason))(real.send(mail))
  })).pipe(Layer.provideMerge(system))

const outages = {
  "SES is away": noMail("unavailable"),
  "SES throttles": noMail("throttled"),
  "SES denies": noMail("denied"),
  "the database is away": (unless: Unless) =>
    intercept(OrderStore, (real) => {
      const up = unless(storeError("any"))
      return {
        confirm: (ids, at) => up(real.confirm(ids, at)),
        findDueMails: (at, limit) => up(real.findDueMails(at, limit)),
        claimMails: (request) => up(real.claimMails(request)),
        recordMails: (records) => up(real.recordMails(records)),
        takeOverdue: (at, limit) => up(real.takeOverdue(at, limit))
      }
    }).pipe(Layer.provideMerge(system)),
  "SQS is away": (unless: Unless) =>
    intercept(OrderQueue, (real) => {
      const up = unless(queueError("any"))
      return {
        send: (messages) => up(real.send(messages)),
        receive: (request) => up(real.receive(request)),
        acknowledge: (receipts) => up(real.acknowledge(receipts)),
        changeVisibility: (changes) => up(real.changeVisibility(changes))
      }
    }).pipe(Layer.provideMerge(system))
}

/** A system in which something is away; its users get what they would get then. */
const failing = (what: keyof typeof outages) => {
  const { outage, unless } = makeOutage()
  return { outage, layer: outages[what](unless) }
}

describe("an outage of six hours", () => {
  for (const what of [
    "SES is away",
    "SES throttles",
    "SES denies",
    "the database is away",
    "SQS is away"
  ] as const) {
    const { outage, layer } = failing(what)
    it.effect(`in which ${what} dead-letters no message, and orders are mailed soon after it`, () =>
      Effect.gen(function* () {
        yield* runWorker
        const ids = numbered(3)
        yield* Effect.forEach(ids, (id) => storeOrder(id))
        // Where the queue is away, their messages are lost.
        yield* Effect.ignore(sendMessages(ids))
        yield* Effect.repeat(TestClock.adjust("30 minutes"), { times: 11 })
        // The watchdog needs no queue.
        assert.lengthOf(yield* mails, what === "SQS is away" ? 3 : 0)
        outage.away = false
        yield* passLong(6 * 60)
        assert.deepStrictEqual((yield* mails).toSorted(), ids.map((id) => mailOf(id)).toSorted())
        const states = yield* Effect.forEach(ids, stateOf)
        assert.deepStrictEqual(states, Array(3).fill("confirmed/sent"))
        assert.deepStrictEqual(yield* letters, [])
        assert.deepStrictEqual(yield* flagged, [])
      }).pipe(Effect.provide(layer))
    )
  }
})
