// Port: how requests that place orders share transactions. The runtime decides: group commit where
// requests may share work, one by one where they may not.
import { Context, type Effect } from "effect"
import type { Overloaded } from "../../runtime/Overloaded.ts"
import type { OrderDraft, Placement } from "../model/allocate.ts"
import type { OrderStoreError } from "./OrderStore.ts"

export class OrderBatcher extends Context.Service<
  OrderBatcher,
  {
    /**
     * Places one order and, when it was placed, has it announced (cache, queue) in the background.
     * Fails with `Overloaded` without having tried where too many wait already. Interrupting it drops
     * the draft where its batch has not begun.
     */
    readonly place: (draft: OrderDraft) => Effect.Effect<Placement, OrderStoreError | Overloaded>
  }
>()("services/orders/OrderBatcher") {}
