// The example of docs/development.md: a use case of the system on layers of one's own.
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as RandomIdGenerator from "../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryDatabase from "../src/layers/memory/MemoryDatabase.ts"
import * as MemoryOrderCache from "../src/layers/memory/MemoryOrderCache.ts"
import * as MemoryOrderStore from "../src/layers/memory/MemoryOrderStore.ts"
import * as MemoryProductStore from "../src/layers/memory/MemoryProductStore.ts"
import * as MemoryRateLimiter from "../src/layers/memory/MemoryRateLimiter.ts"
import * as FiberBackground from "../src/layers/runtime/FiberBackground.ts"
import * as GroupCommitBatcher from "../src/layers/runtime/GroupCommitBatcher.ts"
import { SessionId, UserId } from "../src/services/ids.ts"
import { placeOrder } from "../src/services/orders/placeOrder.ts"
import { OrderQueue, OrderQueueError } from "../src/services/orders/ports/OrderQueue.ts"
import { getProduct } from "../src/services/products/browse.ts"
import { seedCatalogue } from "../src/services/products/seedCatalogue.ts"

/** A queue that takes nothing. Its other methods die, and say so. */
const brokenQueue = Layer.mock(OrderQueue, {
  send: () => new OrderQueueError({ operation: "send", reason: "denied", cause: "closed" })
})

const stores = Layer.merge(MemoryProductStore.layer, MemoryOrderStore.layer).pipe(
  Layer.provide(MemoryDatabase.layer)
)

const system = GroupCommitBatcher.layer.pipe(
  Layer.provideMerge(FiberBackground.layer({ shutdownSeconds: 1 })),
  Layer.provideMerge(
    Layer.mergeAll(
      stores,
      brokenQueue,
      MemoryOrderCache.layer(),
      MemoryRateLimiter.layer({ factor: 1 }),
      RandomIdGenerator.layer
    )
  )
)

it.effect("an order is accepted while the queue is unavailable, and its stock is taken", () =>
  Effect.gen(function* () {
    yield* seedCatalogue()
    const ada = {
      userId: UserId.make("ada"),
      sessionId: SessionId.make("session"),
      role: "user"
    } as const
    const { order } = yield* placeOrder(ada, {
      lines: [{ sku: "mug-blue", quantity: 2 }],
      idempotencyKey: Option.none()
    })
    assert.strictEqual(order.status, "pending")
    assert.strictEqual((yield* getProduct("mug-blue")).available, 118)
  }).pipe(Effect.provide(system))
)
