// What every OrderQueue owes: at least once, hidden while a worker has it, nothing lost. In real
// time, because servers keep their own; each wait ends with the message that it waits for.
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, type Layer } from "effect"
import { type Delivery, OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { traceOf } from "../traceOf.ts"

/** What lies in the dead-letter queue; `reason` is undefined for what was received too often. */
export interface DeadLetterSeen {
  readonly body: string
  readonly traceparent: string
  readonly reason: string | undefined
}

export class DeadLetterProbe extends Context.Service<
  DeadLetterProbe,
  { readonly list: Effect.Effect<ReadonlyArray<DeadLetterSeen>> }
>()("test/DeadLetterProbe") {}

/** A layer with a fresh pair of queues. */
export type OrderQueueSubject = (options: {
  readonly maxReceiveCount: number
}) => Layer.Layer<OrderQueue | DeadLetterProbe>

/** Far from the 20 s of a long poll, also on a busy machine. */
const atOnce = "10 seconds"

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

export const orderQueueContract = (name: string, subject: OrderQueueSubject): void => {
  const layer = subject({ maxReceiveCount: 10 })

  // Each test has queues of its own and mostly waits.
  describe.concurrent(name, () => {
    it.live("delivers what was sent, with its trace", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const unrecorded = traceparent.replace(/-01$/u, "-00")
        yield* queue.send([
          { body: "traced – ünï", traceparent },
          { body: "unrecorded", traceparent: unrecorded },
          { body: "untraced", traceparent: "" }
        ])
        const deliveries = yield* receiveAll(queue, 3)
        assert.deepStrictEqual(
          deliveries
            .map(({ body, traceparent, receiveCount }) => [
              body,
              traceOf(traceparent),
              receiveCount
            ])
            .toSorted(),
          [
            ["traced – ünï", traceOf(traceparent), 1],
            ["unrecorded", traceOf(unrecorded), 1],
            ["untraced", "", 1]
          ]
        )
        const given = deliveries.map(({ traceparent }) => traceparent)
        assert.include(given, unrecorded)
        assert.notInclude(given, traceparent, "a recorded one has a span of its own")
        assert.strictEqual(new Set(deliveries.map(({ messageId }) => messageId)).size, 3)
        assert.deepStrictEqual(yield* queue.acknowledge(receiptsOf(deliveries)), [])
        assert.deepStrictEqual(yield* nothing(queue), [])
      }).pipe(Effect.provide(layer))
    )

    it.live("sends 25 messages in one call, and receives at most as many as requested", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const bodies = Array.from({ length: 25 }, (_, i) => `message ${i}`)
        yield* queue.send([])
        yield* queue.send(bodies.map((body) => ({ body, traceparent: "" })))
        const three = yield* queue.receive({ max: 3, waitSeconds: 0, visibilitySeconds: 30 })
        assert.isAtMost(three.length, 3)
        const rest = yield* receiveAll(queue, 25 - three.length)
        const all = [...three, ...rest]
        assert.sameMembers(
          all.map(({ body }) => body),
          bodies
        )
        assert.deepStrictEqual(yield* queue.acknowledge(receiptsOf(all)), [])
        assert.deepStrictEqual(yield* nothing(queue), [])
      }).pipe(Effect.provide(layer))
    )

    it.live("returns the ids of the sent messages, in order", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const bodies = Array.from({ length: 12 }, (_, i) => `message ${i}`)
        const ids = yield* queue.send(bodies.map((body) => ({ body, traceparent: "" })))
        const named = new Map(bodies.map((body, i) => [body, ids[i]]))
        for (const { body, messageId } of yield* receiveAll(queue, 12))
          assert.strictEqual(messageId, named.get(body), body)
      }).pipe(Effect.provide(layer))
    )

    it.live("keeps the id of a message that is sent again", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const messageId = crypto.randomUUID()
        const again = { body: "again", traceparent: "", messageId }
        assert.deepStrictEqual(yield* queue.send([again, again]), [messageId, messageId])
        const deliveries = yield* receiveAll(queue, 2)
        assert.deepStrictEqual(
          deliveries.map((delivery) => delivery.messageId),
          [messageId, messageId]
        )
        assert.deepStrictEqual(yield* queue.acknowledge(receiptsOf(deliveries)), [])
        assert.deepStrictEqual(yield* nothing(queue), [])
      }).pipe(Effect.provide(layer))
    )

    it.live("counts what is visible, what is hidden, and the dead letters", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const none = { visible: 0, inFlight: 0, delayed: 0 }
        assert.deepStrictEqual(yield* queue.count("orders"), none)
        yield* queue.send(["a", "b", "c"].map((body) => ({ body, traceparent: "" })))
        const [delivery] = yield* receiveOne(queue, 600)
        assert.deepStrictEqual(yield* queue.count("orders"), { ...none, visible: 2, inFlight: 1 })
        assert.deepStrictEqual(yield* queue.count("deadLetters"), none)
        yield* queue.deadLetter(delivery, "any")
        assert.deepStrictEqual(yield* queue.count("orders"), { ...none, visible: 2 })
        assert.deepStrictEqual(yield* queue.count("deadLetters"), { ...none, visible: 1 })
      }).pipe(Effect.provide(layer))
    )

    it.live("hides a delivery, and delivers it again after its visibility timeout", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* queue.send([{ body: "again", traceparent }])
        const [first] = yield* receiveOne(queue, 2)
        assert.deepStrictEqual(yield* nothing(queue), [])
        const [second] = yield* receiveOne(queue)
        assert.strictEqual(second.messageId, first.messageId)
        assert.notStrictEqual(second.receipt, first.receipt)
        const { traceparent: same } = first
        assert.deepInclude(second, { body: "again", traceparent: same, receiveCount: 2 })
      }).pipe(Effect.provide(layer))
    )

    it.live("lets a stale receipt neither delete nor hide what another consumer received", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* queue.send([{ body: "mine now", traceparent: "" }])
        const [stale] = yield* receiveOne(queue, 1)
        const [current] = yield* receiveOne(queue, 1)
        const refused = yield* queue.changeVisibility([{ receipt: stale.receipt, seconds: 600 }])
        assert.deepStrictEqual(refused, [stale.receipt])
        // Whether SQS reports a stale receipt here is not promised, only that it deletes nothing.
        yield* queue.acknowledge([stale.receipt])
        const [again] = yield* receiveOne(queue)
        assert.strictEqual(again.messageId, current.messageId)
      }).pipe(Effect.provide(layer))
    )

    it.live("extends the visibility timeout of a delivery", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* queue.send([
          { body: "long", traceparent: "" },
          { body: "short", traceparent: "" }
        ])
        const deliveries = yield* receiveAll(queue, 2, 2)
        const long = deliveries.find(({ body }) => body === "long")
        assert.isDefined(long)
        assert.deepStrictEqual(
          yield* queue.changeVisibility([{ receipt: long.receipt, seconds: 60 }]),
          []
        )
        // The other one's return shows that the time is over.
        assert.strictEqual((yield* receiveOne(queue))[0].body, "short")
        assert.deepStrictEqual(yield* nothing(queue), [])
        assert.deepStrictEqual(yield* queue.acknowledge([long.receipt]), [])
      }).pipe(Effect.provide(layer))
    )

    it.live("returns a delivery immediately to a poll that is waiting", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* queue.send([{ body: "handed back", traceparent: "" }])
        const [delivery] = yield* receiveOne(queue, 600)
        const waiting = yield* Effect.forkChild(receiveOne(queue), { startImmediately: true })
        const back = yield* queue.changeVisibility([{ receipt: delivery.receipt, seconds: 0 }])
        assert.deepStrictEqual(back, [])
        const [again] = yield* Effect.timeout(Fiber.join(waiting), atOnce)
        assert.deepInclude(again, { messageId: delivery.messageId, receiveCount: 2 })
      }).pipe(Effect.provide(layer))
    )

    it.live("answers a waiting poll as soon as a message is sent", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const waiting = yield* Effect.forkChild(receiveOne(queue), { startImmediately: true })
        yield* queue.send([{ body: "awaited", traceparent: "" }])
        const [delivery] = yield* Effect.timeout(Fiber.join(waiting), atOnce)
        assert.strictEqual(delivery.body, "awaited")
      }).pipe(Effect.provide(layer))
    )

    it.live("returns nothing when the wait is over", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const [elapsed, deliveries] = yield* Effect.timed(
          queue.receive({ max: 10, waitSeconds: 1, visibilitySeconds: 30 })
        )
        assert.deepStrictEqual(deliveries, [])
        assert.isAtLeast(Duration.toMillis(elapsed), 900)
      }).pipe(Effect.provide(layer))
    )

    it.live("loses nothing to a long poll that is interrupted", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const poll = queue.receive({ max: 10, waitSeconds: 20, visibilitySeconds: 1 })
        const waiting = yield* Effect.forkChild(poll, { startImmediately: true })
        // Nothing tells that a server has the poll; if it has not, the test only proves less.
        yield* Effect.sleep("200 millis")
        yield* Fiber.interrupt(waiting)
        yield* queue.send([{ body: "kept", traceparent: "" }])
        assert.strictEqual((yield* receiveOne(queue))[0].body, "kept")
      }).pipe(Effect.provide(layer))
    )

    it.live("gives every message to one of several pollers", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        const pollers = yield* Effect.forkChild(
          Effect.forEach([1, 2, 3], () => receiveAll(queue, 10), { concurrency: "unbounded" }),
          { startImmediately: true }
        )
        const bodies = Array.from({ length: 30 }, (_, i) => `message ${i}`)
        yield* queue.send(bodies.map((body) => ({ body, traceparent: "" })))
        const received = (yield* Fiber.join(pollers)).flat()
        assert.sameMembers(
          received.map(({ body }) => body),
          bodies
        )
      }).pipe(Effect.provide(layer))
    )

    it.live("moves a delivery to the dead-letter queue with its reason, and deletes it", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* queue.send([{ body: "not an order", traceparent }])
        const [delivery] = yield* receiveOne(queue, 1)
        yield* queue.deadLetter(delivery, "it does not decode: 100 % of it")
        const { body, traceparent: same } = delivery
        assert.deepStrictEqual(yield* (yield* DeadLetterProbe).list, [
          { body, traceparent: same, reason: "it does not decode: 100 % of it" }
        ])
        assert.deepStrictEqual(
          yield* queue.receive({ max: 10, waitSeconds: 2, visibilitySeconds: 30 }),
          []
        )
      }).pipe(Effect.provide(layer))
    )

    it.live("moves a message to the dead-letter queue that was received too often", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* queue.send([{ body: "poison", traceparent }])
        for (const count of [1, 2]) {
          const [delivery] = yield* receiveOne(queue, 600)
          assert.strictEqual(delivery.receiveCount, count)
          yield* queue.changeVisibility([{ receipt: delivery.receipt, seconds: 0 }])
        }
        assert.deepStrictEqual(yield* nothing(queue), [])
        const dead = yield* (yield* DeadLetterProbe).list
        assert.deepStrictEqual(
          dead.map((letter) => ({ ...letter, traceparent: traceOf(letter.traceparent) })),
          [{ body: "poison", traceparent: traceOf(traceparent), reason: undefined }]
        )
      }).pipe(Effect.provide(subject({ maxReceiveCount: 2 })))
    )
  })
}

type Queue = OrderQueue["Service"]

const receiptsOf = (deliveries: ReadonlyArray<Delivery>): ReadonlyArray<string> =>
  deliveries.map(({ receipt }) => receipt)

const nothing = (queue: Queue) => queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 30 })

/** Polls until that many have come; a server may answer fewer than it has, or none too early. */
const receiveAll = (queue: Queue, count: number, visibilitySeconds = 30) =>
  Effect.gen(function* () {
    const all: Array<Delivery> = []
    while (all.length < count) {
      const max = Math.min(10, count - all.length)
      all.push(...(yield* queue.receive({ max, waitSeconds: 20, visibilitySeconds })))
    }
    return all
  }).pipe(Effect.timeout("20 seconds"))

const receiveOne = (queue: Queue, visibilitySeconds = 30) =>
  Effect.map(receiveAll(queue, 1, visibilitySeconds), ([delivery]): readonly [Delivery] => {
    assert.isDefined(delivery)
    return [delivery]
  })
