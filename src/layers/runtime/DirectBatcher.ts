// Orders placed one by one, each in its own request: for hosts where requests may not share work.
// It has no waiting line, so it is never overloaded.
import { Effect, Layer, Metric } from "effect"
import { countPlacement, countRefused, orderBatchSize } from "../../services/metrics.ts"
import { OrderBatcher } from "../../services/orders/ports/OrderBatcher.ts"
import type { OrderCache } from "../../services/orders/ports/OrderCache.ts"
import type { OrderQueue } from "../../services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../services/orders/ports/OrderStore.ts"
import { announce } from "../../services/orders/steps/announce.ts"
import { Background } from "../../services/runtime/Background.ts"
import { currentTraceparent } from "../../services/traceparent.ts"

export const layer: Layer.Layer<
  OrderBatcher,
  never,
  OrderStore | OrderCache | OrderQueue | Background
> = Layer.effect(
  OrderBatcher,
  Effect.gen(function* () {
    const store = yield* OrderStore
    const background = yield* Background
    const context = yield* Effect.context<OrderCache | OrderQueue>()
    return OrderBatcher.of({
      place: Effect.fn("DirectBatcher.place")(function* (draft) {
        const traceparent = yield* currentTraceparent
        yield* Metric.update(orderBatchSize, 1)
        const [placement] = yield* store
          .place([draft])
          .pipe(Effect.tapError(() => countRefused("unavailable", 1)))
        if (placement === undefined) return yield* Effect.die(new Error("no placement for a draft"))
        if (placement._tag === "Unplaceable") {
          yield* countRefused("defect", 1)
          return yield* Effect.die(placement.defect)
        }
        yield* countPlacement(placement)
        if (placement._tag === "Placed")
          yield* background.run(
            Effect.provideContext(announce([{ order: placement.order, traceparent }]), context)
          )
        return placement
      })
    })
  })
)
