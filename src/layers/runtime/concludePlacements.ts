// What both order batchers do after a commit: count each outcome, and announce the placed orders in the background.
import { Effect } from "effect"
import { countPlacement, countRefused } from "../../services/metrics.ts"
import type { Placement } from "../../services/orders/model/allocate.ts"
import type { OrderCache } from "../../services/orders/ports/OrderCache.ts"
import type { OrderQueue } from "../../services/orders/ports/OrderQueue.ts"
import type { Unplaceable } from "../../services/orders/ports/OrderStore.ts"
import { announce, type PlacedOrder } from "../../services/orders/steps/announce.ts"
import { Background } from "../../services/runtime/Background.ts"

export interface Concluded {
  readonly placement: Placement | Unplaceable
  /** W3C trace context of the request, empty without one. */
  readonly traceparent: string
}

export const makeConclude = Effect.gen(function* () {
  const background = yield* Background
  const context = yield* Effect.context<OrderCache | OrderQueue>()
  return Effect.fnUntraced(function* (concluded: ReadonlyArray<Concluded>) {
    const placed: Array<PlacedOrder> = []
    for (const { placement, traceparent } of concluded) {
      yield* placement._tag === "Unplaceable"
        ? countRefused("defect", 1)
        : countPlacement(placement)
      if (placement._tag === "Placed") placed.push({ order: placement.order, traceparent })
    }
    if (placed.length > 0) yield* background.run(Effect.provideContext(announce(placed), context))
  })
})
