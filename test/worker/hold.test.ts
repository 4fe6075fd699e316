// While a batch is in flight its messages stay hidden and its claims stay held, together; where they are
// lost all the same, nothing is sent or written that somebody else now answers for.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { OrderId } from "../../src/services/ids.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import { SendRate } from "../../src/services/messaging/SendRate.ts"
import { ClaimId } from "../../src/services/orders/model/Order.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { addSeconds, now } from "../../src/services/time.ts"
import { intercept } from "../fakes/intercept.ts"
import {
  confirm,
  mailerError,
  mailOf,
  mails,
  placed,
  queueError,
  receive,
  stateOf,
  storeError,
  visibilitySeconds,
  world
} from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")
const mine = OrderId.make("mine")
const theirs = OrderId.make("theirs")

/** Turns to send come late: the batch is in flight for longer than a visibility timeout. */
const slowTurns = (seconds: number, turns = Number.POSITIVE_INFINITY) => {
  let left = turns
  return Layer.succeed(SendRate, {
    acquire: () =>
      Effect.suspend(() =>
        left-- > 0 ? Effect.as(Effect.sleep(`${seconds} seconds`), true) : Effect.succeed(true)
      ),
    throttled: Effect.void
  })
}

/** As for a process that is paused, or cut off: its heartbeats reach nothing while `lost.value`. */
const silenced = () => {
  const lost = { value: true }
  const layer = Layer.merge(
    intercept(OrderStore, (real) => ({
      renewClaims: (request) =>
        lost.value ? Effect.fail(storeError("renewClaims")) : real.renewClaims(request)
    })),
    intercept(OrderQueue, (real) => ({
      changeVisibility: (changes) =>
        lost.value ? Effect.fail(queueError("changeVisibility")) : real.changeVisibility(changes)
    }))
  )
  return { lost, layer }
}

describe("a batch that takes longer than its visibility timeout", () => {
  it.effect("keeps its messages hidden and its claims held, and sends each mail once", () =>
    Effect.gen(function* () {
      yield* placed(a, b)
      const worker = yield* Effect.forkChild(confirm)
      for (const seconds of [61, 60, 60]) {
        yield* TestClock.adjust(`${seconds} seconds`)
        assert.deepStrictEqual(yield* receive(), [])
        const at = yield* now
        const claims = yield* OrderStore.use((store) =>
          store.claim({
            orderIds: [a, b],
            claimId: ClaimId.make("other"),
            at,
            leaseUntil: addSeconds(at, 60)
          })
        )
        for (const claim of claims.values()) assert.strictEqual(claim._tag, "Held")
      }
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(worker)
      assert.deepStrictEqual((yield* mails).toSorted(), [mailOf(a), mailOf(b)])
      yield* TestClock.adjust("12 hours")
      assert.deepStrictEqual(yield* receive(), [])
    }).pipe(Effect.provide(slowTurns(200).pipe(Layer.provideMerge(world))))
  )

  it.effect("lets go of everything when it ends", () => {
    const beats: Array<number> = []
    return Effect.gen(function* () {
      yield* placed(a)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(worker)
      assert.deepStrictEqual(beats, [20, 40, 60, 80])
    }).pipe(
      Effect.provide(
        intercept(OrderQueue, (real) => ({
          changeVisibility: (changes) =>
            Effect.flatMap(Clock.currentTimeMillis, (at) => {
              beats.push(at / 1000)
              return real.changeVisibility(changes)
            })
        })).pipe(Layer.provideMerge(slowTurns(90)), Layer.provideMerge(world))
      )
    )
  })

  it.effect(
    "extends no message that it has given back, also where a heartbeat was under way",
    () => {
      const changes: Array<ReadonlyArray<number>> = []
      return Effect.gen(function* () {
        yield* placed(a)
        const worker = yield* Effect.forkChild(confirm)
        yield* TestClock.adjust("21 seconds")
        const interruption = yield* Effect.forkChild(Fiber.interrupt(worker))
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(interruption)
        assert.deepStrictEqual(changes, [[visibilitySeconds], [0]])
        assert.lengthOf(yield* receive(), 1)
      }).pipe(
        Effect.provide(
          intercept(OrderQueue, (real) => ({
            changeVisibility: (all) =>
              real.changeVisibility(all).pipe(
                // Slow where it extends: what gives back would overtake it.
                Effect.delay(all.some(({ seconds }) => seconds > 0) ? "3 seconds" : 0),
                Effect.tap(() => Effect.sync(() => changes.push(all.map(({ seconds }) => seconds))))
              )
          })).pipe(Layer.provideMerge(slowTurns(200)), Layer.provideMerge(world))
        )
      )
    }
  )
})

describe("a claim that was lost", () => {
  it.effect("keeps the sends from starting that have not, and those alone", () => {
    let taken = false
    return Effect.gen(function* () {
      yield* placed(mine, theirs)
      const worker = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("10 seconds")
      taken = true
      yield* TestClock.adjust("90 seconds")
      yield* Fiber.join(worker)
      assert.deepStrictEqual(yield* mails, [mailOf(mine)])
      assert.strictEqual(yield* stateOf(mine), "confirmed/sent")
      // Nothing of it was written; its message came back when its visibility ended.
      assert.strictEqual(yield* stateOf(theirs), "confirmed/sending")
      assert.lengthOf(yield* receive(), 1)
    }).pipe(
      Effect.provide(
        intercept(OrderStore, (real) => ({
          renewClaims: (request) =>
            Effect.map(real.renewClaims(request), (held) =>
              taken ? held.filter((id) => id !== theirs) : held
            )
        })).pipe(Layer.provideMerge(slowTurns(90)), Layer.provideMerge(world))
      )
    )
  })

  it.effect("is not sent for by a process that was paused past its lease", () => {
    const { lost, layer } = silenced()
    return Effect.gen(function* () {
      yield* placed(a)
      const paused = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("61 seconds")
      lost.value = false
      yield* confirm
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
      lost.value = true
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(paused)
      assert.deepStrictEqual(yield* mails, [mailOf(a)])
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
    }).pipe(
      Effect.provide(layer.pipe(Layer.provideMerge(slowTurns(100, 1)), Layer.provideMerge(world)))
    )
  })

  it.effect("writes nothing over what its next holder wrote", () => {
    const { lost, layer } = silenced()
    let sends = 0
    return Effect.gen(function* () {
      yield* placed(a)
      const late = yield* Effect.forkChild(confirm)
      yield* TestClock.adjust("61 seconds")
      lost.value = false
      yield* confirm
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(late)
      assert.strictEqual(sends, 2)
      assert.strictEqual(yield* stateOf(a), "confirmed/sent")
    }).pipe(
      Effect.provide(
        Layer.merge(
          layer,
          intercept(Mailer, (real) => ({
            send: (mail) =>
              ++sends === 1
                ? Effect.delay(Effect.fail(mailerError("rejected")), "100 seconds")
                : real.send(mail)
          }))
        ).pipe(Layer.provideMerge(world))
      )
    )
  })
})
