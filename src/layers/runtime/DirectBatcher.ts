// Orders placed one by one, each in its own request: for hosts where requests may not share work. It has no queue, so
// it is never overloaded.
import { Effect, Layer, Metric } from "effect"
import { countRefused, orderBatchSize } from "../../services/metrics.ts"
import { OrderBatcher } from "../../services/orders/ports/OrderBatcher.ts"
import type { OrderCache } from "../../services/orders/ports/OrderCache.ts"
import type { OrderQueue } from "../../services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../services/orders/ports/OrderStore.ts"
import type { Background } from "../../services/runtime/Background.ts"
import { makeConclude } from "./concludePlacements.ts"

export const layer: Layer.Layer<
  OrderBatcher,
  never,
  OrderStore | OrderCache | OrderQueue | Background
> = Layer.effect(
  OrderBatcher,
  Effect.gen(function* () {
    const store = yield* OrderStore
    const conclude = yield* makeConclude
    return OrderBatcher.of({
      place: Effect.fnUntraced(function* (draft) {
        yield* Metric.update(orderBatchSize, 1)
        const [placement] = yield* store
          .place([draft])
          .pipe(Effect.tapError(() => countRefused("unavailable", 1)))
        if (placement === undefined) return yield* Effect.die(new Error("no placement for a draft"))
        yield* conclude([{ placement, traceparent: draft.traceparent }])
        return placement._tag === "Unplaceable" ? yield* Effect.die(placement.defect) : placement
      })
    })
  })
)
