// Port: notifications of changes, so that followers of an order need not poll it often. A notification may be lost, so
// followers also read the order at long intervals.
import { Context, type Effect, type Scope } from "effect"
import type { OrderId } from "../../ids.ts"

/** Waits for nothing and does not throw. `version`: of the order as it is in the cache now. */
export type Wake = (version: number) => void

/** The version of a notification that says only that changes may have been missed. */
export const unknownVersion = Number.POSITIVE_INFINITY

export class OrderChanges extends Context.Service<
  OrderChanges,
  {
    /**
     * Until the scope closes, calls `wake` soon after any process has put a newer version of the order into the
     * OrderCache. Also calls it, with `unknownVersion`, where changes may have gone by unheard: at the beginning, and
     * after each time in which no notifications arrived.
     */
    readonly watch: (id: OrderId, wake: Wake) => Effect.Effect<void, never, Scope.Scope>
    /** Whether notifications arrive now. If not, only reading shows changes. */
    readonly hears: Effect.Effect<boolean>
  }
>()("services/orders/OrderChanges") {}
