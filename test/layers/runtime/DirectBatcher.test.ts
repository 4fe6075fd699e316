import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { layer } from "../../../src/layers/runtime/DirectBatcher.ts"
import { layer as waitUntilBackground } from "../../../src/layers/runtime/WaitUntilBackground.ts"
import { OrderId, UserId } from "../../../src/services/ids.ts"
import type { OrderDraft } from "../../../src/services/orders/model/allocate.ts"
import { OrderBatcher } from "../../../src/services/orders/ports/OrderBatcher.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue } from "../../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore, OrderStoreError } from "../../../src/services/orders/ports/OrderStore.ts"
import { intercept } from "../../../src/testing/intercept.ts"
import { traceOf } from "../../traceOf.ts"
import { system as embedded, storeOrder } from "../../worker/world.ts"

const draft = (name: string, sku = "cup"): OrderDraft => ({
  id: OrderId.make(name),
  userId: UserId.make("u"),
  lines: [{ sku, quantity: 1 }],
  idempotencyKey: Option.none(),
  at: new Date(0),
  traceparent: ""
})

const system = layer.pipe(Layer.provideMerge(waitUntilBackground), Layer.provideMerge(embedded))

const received = Effect.gen(function* () {
  const queue = yield* OrderQueue
  return yield* queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 60 })
})

describe("placing one by one", () => {
  it.effect("places and announces the order, in the request's trace", () =>
    Effect.gen(function* () {
      yield* storeOrder(OrderId.make("earlier"))
      const { place } = yield* OrderBatcher
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      yield* place({ ...draft("a"), traceparent })
      const [message] = yield* received
      assert.include(message?.body, '"orderId":"a"')
      assert.strictEqual(traceOf(message?.traceparent ?? ""), traceOf(traceparent))
      assert.isTrue(Option.isSome(yield* (yield* OrderCache).get(OrderId.make("a"))))
    }).pipe(Effect.provide(system))
  )

  it.effect("announces nothing for an order that is refused", () =>
    Effect.gen(function* () {
      const { place } = yield* OrderBatcher
      assert.strictEqual((yield* place(draft("a", "unknown")))._tag, "UnknownSku")
      assert.lengthOf(yield* received, 0)
    }).pipe(Effect.provide(system))
  )

  it.effect("announces an order once, however often its request is repeated", () =>
    Effect.gen(function* () {
      yield* storeOrder(OrderId.make("earlier"))
      const { place } = yield* OrderBatcher
      yield* place({ ...draft("a"), idempotencyKey: Option.some("key") })
      const again = yield* place({ ...draft("b"), idempotencyKey: Option.some("key") })
      assert.strictEqual(again._tag, "Replayed")
      assert.lengthOf(yield* received, 1)
    }).pipe(Effect.provide(system))
  )

  it.effect("fails when the store is unavailable", () =>
    Effect.gen(function* () {
      const { place } = yield* OrderBatcher
      assert.strictEqual((yield* Effect.flip(place(draft("a"))))._tag, "OrderStoreError")
    }).pipe(
      Effect.provide(
        layer.pipe(
          Layer.provide(
            intercept(OrderStore, () => ({
              place: () => Effect.fail(new OrderStoreError({ operation: "place", cause: "away" }))
            }))
          ),
          Layer.provide(waitUntilBackground),
          Layer.provide(embedded)
        )
      )
    )
  )
})
