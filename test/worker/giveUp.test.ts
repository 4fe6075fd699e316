// What counts towards giving up on a message, and what does not: failures of processing itself do, outages
// and throttles never. Either way the order goes on, and its batch-mates do not notice.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { AccountStore } from "../../src/services/accounts/ports/AccountStore.ts"
import { OrderId, UserId } from "../../src/services/ids.ts"
import { Mailer, type MailerError } from "../../src/services/messaging/Mailer.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { worker } from "../../src/worker/Worker.ts"
import { intercept } from "../fakes/intercept.ts"
import {
  confirm,
  customer,
  letters,
  mailerError,
  mailOf,
  mails,
  numbered,
  placed,
  queueError,
  receive,
  sendMessages,
  stateOf,
  storeError,
  storeOrder,
  system,
  visibilitySeconds,
  world
} from "./world.ts"

const bad = OrderId.make("bad")
const ghost = OrderId.make("ghost")

const cursed = UserId.make("cursed")

const bug = new Error("a bug")

const flagged = OrderStore.use((store) => store.listAttention(10))

/** Each way in which one order of a batch can be poison. */
const poisons = {
  "its claim": intercept(OrderStore, (real) => ({
    claim: (request) => (request.orderIds.includes(bad) ? Effect.die(bug) : real.claim(request))
  })).pipe(Layer.provideMerge(world)),
  "its account": intercept(AccountStore, (real) => ({
    findUsers: (ids) => (ids.includes(cursed) ? Effect.die(bug) : real.findUsers(ids))
  })).pipe(Layer.provideMerge(world)),
  "its mail": intercept(Mailer, (real) => ({
    send: (mail) => (mail.subject === mailOf(bad) ? Effect.die(bug) : real.send(mail))
  })).pipe(Layer.provideMerge(world)),
  "its record": intercept(OrderStore, (real) => ({
    recordMails: (records) =>
      records.some(({ orderId }) => orderId === bad) ? Effect.die(bug) : real.recordMails(records)
  })).pipe(Layer.provideMerge(world))
}

describe("one order that cannot be processed", () => {
  for (const [what, layer] of Object.entries(poisons))
    it.effect(`because ${what} dies does not delay the others of its batch`, () =>
      Effect.gen(function* () {
        const good = numbered(8)
        yield* Effect.forEach(good, (id) => storeOrder(id))
        yield* storeOrder(bad, what === "its account" ? cursed : customer.id)
        yield* sendMessages([...good.slice(0, 4), bad, ...good.slice(4)])
        // No time passes in here.
        yield* confirm
        const states = yield* Effect.forEach(good, stateOf)
        assert.deepStrictEqual(states, Array(8).fill("confirmed/sent"))
        const sent = (yield* mails).filter((subject) => subject !== mailOf(bad))
        assert.deepStrictEqual(sent.toSorted(), good.map(mailOf))
        yield* TestClock.adjust("29 seconds")
        assert.lengthOf(yield* receive(), 0)
        yield* TestClock.adjust("1 second")
        assert.lengthOf(yield* receive(), 1)
      }).pipe(Effect.provide(layer))
    )

  it.effect(
    "is set aside after seven deliveries, flagged and unchanged, and still looked after",
    () =>
      Effect.gen(function* () {
        yield* placed(bad)
        for (let delivery = 1; delivery <= 7; delivery++) {
          assert.deepStrictEqual(yield* letters, [], `before delivery ${delivery}`)
          assert.deepStrictEqual(yield* flagged, [])
          yield* confirm
          yield* TestClock.adjust("2 minutes")
        }
        const reason = "the confirmation mail: Error: a bug"
        assert.deepStrictEqual(yield* letters, [Option.some(reason)])
        const [flag] = yield* flagged
        assert.deepInclude(flag, { orderId: bad, reason })
        assert.strictEqual(yield* stateOf(bad), "confirmed/waiting")
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(yield* receive(), [])
        assert.deepStrictEqual(
          yield* OrderStore.use((store) => store.takeOverdue(new Date(4_440_000), 10)),
          [bad]
        )
      }).pipe(Effect.provide(poisons["its mail"]))
  )

  it.effect("is set aside although it cannot even be claimed", () =>
    Effect.gen(function* () {
      yield* placed(bad)
      for (let delivery = 1; delivery <= 7; delivery++) {
        yield* confirm
        yield* TestClock.adjust("2 minutes")
      }
      assert.deepStrictEqual(yield* letters, [
        Option.some("the order cannot be claimed: Error: a bug")
      ])
      assert.strictEqual((yield* flagged)[0]?.orderId, bad)
      assert.strictEqual(yield* stateOf(bad), "pending/waiting")
    }).pipe(Effect.provide(poisons["its claim"]))
  )

  it.effect("keeps its message while it cannot be flagged", () => {
    let away = true
    return Effect.gen(function* () {
      yield* placed(bad)
      const deliver = Effect.gen(function* () {
        yield* Effect.forkChild(confirm)
        yield* TestClock.adjust("2 minutes")
        yield* TestClock.adjust("2 seconds")
      })
      for (let delivery = 1; delivery <= 7; delivery++) yield* deliver
      assert.deepStrictEqual(yield* letters, [])
      away = false
      yield* deliver
      assert.lengthOf(yield* letters, 1)
      assert.lengthOf(yield* flagged, 1)
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          flagAttention: (...args) =>
            away ? Effect.fail(storeError("flagAttention")) : real.flagAttention(...args)
        })).pipe(Layer.provideMerge(poisons["its mail"]))
      )
    )
  })
})

describe("a message of an order that does not exist", () => {
  /** Claims reach the store but while it is away. */
  const store = () => {
    const away = { value: false }
    const layer = intercept(OrderStore, (real) => ({
      claim: (request) =>
        Effect.suspend(() => (away.value ? Effect.fail(storeError("claim")) : real.claim(request)))
    })).pipe(Layer.provideMerge(world))
    return { away, layer }
  }

  /** One delivery, and the time until the next one. */
  const deliver = Effect.gen(function* () {
    yield* Effect.forkChild(confirm)
    yield* TestClock.adjust("5 minutes")
  })

  it.effect("is in the dead-letter queue in the end, also where an outage comes between", () => {
    const { away, layer } = store()
    return Effect.gen(function* () {
      yield* sendMessages([ghost])
      for (let delivery = 1; delivery <= 3; delivery++) yield* deliver
      away.value = true
      for (let delivery = 1; delivery <= 9; delivery++) yield* deliver
      assert.deepStrictEqual(yield* letters, [])
      away.value = false
      for (let delivery = 1; delivery <= 7; delivery++) yield* deliver
      assert.deepStrictEqual(yield* letters, [Option.some("no such order")])
      assert.deepStrictEqual(yield* receive(), [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("is kept where it can be neither claimed for nor sent afresh", () => {
    const { away, layer } = store()
    return Effect.gen(function* () {
      yield* sendMessages([ghost])
      away.value = true
      for (let delivery = 1; delivery <= 4; delivery++) yield* deliver
      const [message] = yield* receive()
      assert.strictEqual(message?.receiveCount, 5)
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          send: (messages) =>
            Effect.suspend(() =>
              away.value ? Effect.fail(queueError("send")) : real.send(messages)
            )
        })).pipe(Layer.provideMerge(layer))
      )
    )
  })
})

type Unless = <E>(error: E) => <A, E1>(call: Effect.Effect<A, E1>) => Effect.Effect<A, E | E1>

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
        claim: (request) => up(real.claim(request)),
        recordMails: (records) => up(real.recordMails(records)),
        renewClaims: (request) => up(real.renewClaims(request)),
        takeOverdue: (at, limit) => up(real.takeOverdue(at, limit))
      }
    }).pipe(Layer.provideMerge(system)),
  "SQS is away": (unless: Unless) =>
    intercept(OrderQueue, (real) => {
      const up = unless(queueError("any"))
      return {
        backlog: up(real.backlog),
        send: (messages) => up(real.send(messages)),
        receive: (request) => up(real.receive(request)),
        acknowledge: (receipts) => up(real.acknowledge(receipts)),
        changeVisibility: (changes) => up(real.changeVisibility(changes))
      }
    }).pipe(Layer.provideMerge(system))
}

/** A system in which something is away while `away.value`; its users get what they would get then. */
const failing = (what: keyof typeof outages) => {
  const away = { value: true }
  const unless =
    <E>(error: E) =>
    <A, E1>(call: Effect.Effect<A, E1>): Effect.Effect<A, E | E1> =>
      Effect.suspend((): Effect.Effect<A, E | E1> => (away.value ? Effect.fail(error) : call))
  return { away, layer: outages[what](unless) }
}

describe("an outage of six hours", () => {
  for (const what of [
    "SES is away",
    "SES throttles",
    "SES denies",
    "the database is away",
    "SQS is away"
  ] as const) {
    const { away, layer } = failing(what)
    it.effect(`in which ${what} sets no message aside, and orders are mailed soon after it`, () =>
      Effect.gen(function* () {
        yield* Layer.build(worker({ concurrency: 8, visibilitySeconds, drainSeconds: 25 }))
        const ids = numbered(3)
        yield* Effect.forEach(ids, (id) => storeOrder(id))
        // Where the queue is away, their messages are lost.
        yield* Effect.ignore(sendMessages(ids))
        yield* Effect.repeat(TestClock.adjust("30 minutes"), { times: 11 })
        assert.deepStrictEqual(yield* mails, [])
        away.value = false
        yield* TestClock.adjust("6 minutes")
        assert.deepStrictEqual((yield* mails).toSorted(), ids.map(mailOf))
        const states = yield* Effect.forEach(ids, stateOf)
        assert.deepStrictEqual(states, Array(3).fill("confirmed/sent"))
        assert.deepStrictEqual(yield* letters, [])
        assert.deepStrictEqual(yield* flagged, [])
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }
})
