// An order whose number is taken is placed under another id, and its request does not learn of it.
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Option } from "effect"
import * as MemoryDatabase from "../../../src/layers/memory/MemoryDatabase.ts"
import * as MemoryOrderCache from "../../../src/layers/memory/MemoryOrderCache.ts"
import * as MemoryOrderQueue from "../../../src/layers/memory/MemoryOrderQueue.ts"
import * as MemoryOrderStore from "../../../src/layers/memory/MemoryOrderStore.ts"
import * as MemoryProductStore from "../../../src/layers/memory/MemoryProductStore.ts"
import * as MemoryRateLimiter from "../../../src/layers/memory/MemoryRateLimiter.ts"
import * as FiberBackground from "../../../src/layers/runtime/FiberBackground.ts"
import * as GroupCommitBatcher from "../../../src/layers/runtime/GroupCommitBatcher.ts"
import { SessionId, UserId } from "../../../src/services/ids.ts"
import { placeOrder } from "../../../src/services/orders/placeOrder.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import { getProduct } from "../../../src/services/products/browse.ts"
import { seedCatalogue } from "../../../src/services/products/seedCatalogue.ts"
import { IdGenerator } from "../../../src/services/runtime/IdGenerator.ts"

/** Ids that differ in what comes before their number, which is the next one only after so many. */
const repeating = (times: number) =>
  Layer.sync(IdGenerator, () => {
    let made = 0
    const next = () => {
      const digits = (made++).toString(16)
      const number = Math.floor(made / times).toString(16)
      return digits.padStart(12, "0") + number.padStart(20, "0")
    }
    return IdGenerator.of({ next: Effect.sync(next), unguessable: Effect.sync(next) })
  })

const system = (ids: Layer.Layer<IdGenerator>) =>
  GroupCommitBatcher.layer.pipe(
    Layer.provideMerge(FiberBackground.layer({ shutdownSeconds: 1 })),
    Layer.provideMerge(
      Layer.mergeAll(
        Layer.provide(
          Layer.merge(MemoryProductStore.layer, MemoryOrderStore.layer),
          MemoryDatabase.layer
        ),
        MemoryOrderQueue.layer(),
        MemoryOrderCache.layer(),
        MemoryRateLimiter.layer({ factor: 1 }),
        ids
      )
    )
  )

const ada = {
  userId: UserId.make("ada"),
  sessionId: SessionId.make("session"),
  role: "user"
} as const

const place = (idempotencyKey?: string) =>
  placeOrder(ada, {
    lines: [{ sku: "mug-blue", quantity: 1 }],
    idempotencyKey: Option.fromUndefinedOr(idempotencyKey)
  })

it.effect("a number that is taken is drawn again", () =>
  Effect.gen(function* () {
    yield* seedCatalogue()
    const stock = (yield* getProduct("mug-blue")).available
    const { order: first } = yield* place()
    const { order: second, replayed } = yield* place("key")
    assert.isFalse(replayed)
    assert.notStrictEqual(second.number, first.number)
    const again = yield* place("key")
    assert.deepStrictEqual(again, { order: second, replayed: true })
    for (const order of [first, second]) {
      const store = yield* OrderStore
      assert.deepStrictEqual(yield* store.find(order.id), Option.some(order))
      assert.deepStrictEqual(yield* store.findByNumber(order.number), Option.some(order))
    }
    assert.strictEqual((yield* getProduct("mug-blue")).available, stock - 2)
  }).pipe(Effect.provide(system(repeating(4))))
)

it.effect("a defect follows when every drawn number is taken", () =>
  Effect.gen(function* () {
    yield* seedCatalogue()
    yield* place()
    const exit = yield* Effect.exit(place())
    assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
  }).pipe(Effect.provide(system(repeating(1_000_000))))
)
