// OrderChanges for hosts on which no request may resume the work of another: it notifies no one, so streams poll the
// order.
import { Effect, Layer } from "effect"
import { OrderChanges } from "../../services/orders/ports/OrderChanges.ts"

export const layer: Layer.Layer<OrderChanges> = Layer.succeed(OrderChanges, {
  watch: () => Effect.void,
  hears: Effect.succeed(false)
})
