// What every DeadLetters owes: it shows what lies there and leaves it, moves and deletes exactly what was
// meant, and loses nothing. In real time, because servers keep their own.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { OrderId } from "../../src/services/ids.ts"
import { DeadLetters, deliveredTooOften } from "../../src/services/orders/ports/DeadLetters.ts"
import { type Delivery, OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { placedMessage } from "../../src/services/orders/steps/announce.ts"
import { traceOf } from "../traceOf.ts"

/** A layer with a fresh pair of queues. */
export type DeadLettersSubject = (options: {
  readonly maxReceiveCount: number
}) => Layer.Layer<DeadLetters | OrderQueue>

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

export const deadLettersContract = (name: string, subject: DeadLettersSubject): void => {
  const layer = subject({ maxReceiveCount: 10 })

  // Each test has queues of its own and mostly waits.
  describe.concurrent(name, () => {
    it.live("lists, redrives and drops nothing when the queue is empty", () =>
      Effect.gen(function* () {
        const letters = yield* DeadLetters
        assert.deepStrictEqual(yield* letters.list(10), [])
        const nothing = { matched: 0, notFound: [], complete: true }
        assert.deepStrictEqual(yield* letters.redrive("all"), nothing)
        assert.deepStrictEqual(yield* letters.drop("all"), nothing)
      }).pipe(Effect.provide(layer))
    )

    it.live("lists each with its order, reason, time and count, oldest first, and keeps it", () =>
      Effect.gen(function* () {
        const letters = yield* DeadLetters
        const before = Date.now()
        yield* die(["not an order"], "it does not decode")
        yield* die([placedMessage(OrderId.make("4711"), traceparent).body], "it failed ten times")
        const listed = yield* letters.list(10)
        assert.deepStrictEqual(
          listed.map(({ body, orderId, reason }) => ({ body, orderId, reason })),
          [
            { body: "not an order", orderId: Option.none(), reason: "it does not decode" },
            {
              body: placedMessage(OrderId.make("4711"), "").body,
              orderId: Option.some("4711"),
              reason: "it failed ten times"
            }
          ]
        )
        for (const { deadSince, receiveCount } of listed) {
          assert.isAtLeast(deadSince.getTime(), before)
          assert.isAtMost(deadSince.getTime(), Date.now())
          assert.isAtLeast(receiveCount, 1)
        }
        const again = yield* letters.list(10)
        assert.deepStrictEqual(idsOf(again), idsOf(listed))
      }).pipe(Effect.provide(layer))
    )

    it.live(
      "says that a message was delivered too often when the queue itself dead-lettered it",
      () =>
        Effect.gen(function* () {
          const queue = yield* OrderQueue
          yield* queue.send([{ body: "poison", traceparent }])
          const [delivery] = yield* receiveAll(1)
          assert.isDefined(delivery)
          yield* queue.changeVisibility([{ receipt: delivery.receipt, seconds: 0 }])
          assert.deepStrictEqual(yield* nothingLeft, [])
          const [letter] = yield* (yield* DeadLetters).list(10)
          assert.deepInclude(letter, { body: "poison", reason: deliveredTooOften })
        }).pipe(Effect.provide(subject({ maxReceiveCount: 1 })))
    )

    it.live("lists at most as many as requested, over more than one page", () =>
      Effect.gen(function* () {
        const letters = yield* DeadLetters
        const bodies = numbered(25)
        yield* die(bodies)
        assert.strictEqual((yield* letters.list(3)).length, 3)
        assert.strictEqual((yield* letters.list(12)).length, 12)
        const all = yield* letters.list(100)
        assert.sameMembers(
          all.map(({ body }) => body),
          bodies
        )
      }).pipe(Effect.provide(layer))
    )

    it.live("redrives only the given ids, with their trace", () =>
      Effect.gen(function* () {
        const letters = yield* DeadLetters
        yield* die(numbered(14))
        const chosen = (yield* letters.list(14)).filter(({ body }) =>
          /^message (?:3|11)$/u.test(body)
        )
        const result = yield* letters.redrive([...idsOf(chosen), "nowhere"])
        assert.deepStrictEqual(result, { matched: 2, notFound: ["nowhere"], complete: true })
        const redriven = yield* receiveAll(2)
        assert.deepStrictEqual(
          redriven.map(({ body, traceparent }) => [body, traceOf(traceparent)]).toSorted(),
          [
            ["message 11", traceOf(traceparent)],
            ["message 3", traceOf(traceparent)]
          ]
        )
        assert.deepStrictEqual(yield* nothingLeft, [])
        const kept = yield* letters.list(100)
        assert.strictEqual(kept.length, 12)
        assert.notInclude(
          kept.map(({ body }) => body),
          "message 3"
        )
      }).pipe(Effect.provide(layer))
    )

    it.live("redrives all", () =>
      Effect.gen(function* () {
        const letters = yield* DeadLetters
        const bodies = numbered(25)
        yield* die(bodies)
        const result = yield* letters.redrive("all")
        assert.deepStrictEqual(result, { matched: 25, notFound: [], complete: true })
        assert.sameMembers(
          (yield* receiveAll(25)).map(({ body }) => body),
          bodies
        )
        assert.deepStrictEqual(yield* letters.list(10), [])
      }).pipe(Effect.provide(layer))
    )

    it.live("keeps a message's id from its first sending, also when it redrives it", () =>
      Effect.gen(function* () {
        const letters = yield* DeadLetters
        const queue = yield* OrderQueue
        const [messageId = ""] = yield* queue.send([{ body: "one", traceparent }])
        for (const delivery of yield* receiveAll(1)) yield* queue.deadLetter(delivery, "any")
        assert.deepStrictEqual(idsOf(yield* letters.list(10)), [messageId])
        assert.deepInclude(yield* letters.redrive([messageId]), { matched: 1, notFound: [] })
        const [again] = yield* receiveAll(1)
        assert.strictEqual(again?.messageId, messageId)
      }).pipe(Effect.provide(layer))
    )

    it.live("does not redrive again what is dead-lettered during a redrive of all", () =>
      Effect.gen(function* () {
        const letters = yield* DeadLetters
        const queue = yield* OrderQueue
        yield* die(numbered(3))
        const dieAgain = Effect.gen(function* () {
          const deliveries = yield* queue.receive({
            max: 10,
            waitSeconds: 20,
            visibilitySeconds: 30
          })
          for (const delivery of deliveries) yield* queue.deadLetter(delivery, "again")
        })
        yield* Effect.forkScoped(Effect.forever(dieAgain), { startImmediately: true })
        const result = yield* letters.redrive("all")
        assert.deepStrictEqual(result, { matched: 3, notFound: [], complete: true })
        const back = yield* letters.list(10).pipe(Effect.repeat({ until: isAllBack }))
        assert.sameMembers(
          back.map(({ body }) => body),
          numbered(3)
        )
      }).pipe(Effect.scoped, Effect.provide(layer))
    )

    it.live("drops the given ids, then all others", () =>
      Effect.gen(function* () {
        const letters = yield* DeadLetters
        yield* die(numbered(13))
        const [first, second] = idsOf(yield* letters.list(13))
        assert.isDefined(first)
        assert.isDefined(second)
        assert.deepStrictEqual(yield* letters.drop([first, "nowhere", second]), {
          matched: 2,
          notFound: ["nowhere"],
          complete: true
        })
        assert.notIncludeMembers(idsOf(yield* letters.list(100)), [first, second])
        assert.deepStrictEqual(yield* letters.drop("all"), {
          matched: 11,
          notFound: [],
          complete: true
        })
        assert.deepStrictEqual(yield* letters.list(100), [])
        assert.deepStrictEqual(yield* nothingLeft, [])
      }).pipe(Effect.provide(layer))
    )
  })
}

const numbered = (count: number): Array<string> =>
  Array.from({ length: count }, (_, i) => `message ${i}`)

const idsOf = (letters: ReadonlyArray<{ readonly messageId: string }>): Array<string> =>
  letters.map(({ messageId }) => messageId)

const isAllBack = (letters: ReadonlyArray<{ readonly reason: string }>): boolean =>
  letters.length === 3 && letters.every(({ reason }) => reason === "again")

/** Sends messages and moves each to the dead-letter queue. */
const die = Effect.fnUntraced(function* (bodies: ReadonlyArray<string>, reason = "it failed") {
  const queue = yield* OrderQueue
  yield* queue.send(bodies.map((body) => ({ body, traceparent })))
  for (const delivery of yield* receiveAll(bodies.length)) yield* queue.deadLetter(delivery, reason)
})

/** Polls until that many have come; a server may answer fewer than it has. */
const receiveAll = (count: number) =>
  Effect.gen(function* () {
    const queue = yield* OrderQueue
    const all: Array<Delivery> = []
    while (all.length < count) {
      const max = Math.min(10, count - all.length)
      all.push(...(yield* queue.receive({ max, waitSeconds: 20, visibilitySeconds: 30 })))
    }
    return all
  }).pipe(Effect.timeout("20 seconds"))

const nothingLeft = OrderQueue.use((queue) =>
  queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 30 })
)
