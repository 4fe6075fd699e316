// Use case: read an order. An administrator who reads somebody else's is recorded.
import { Effect } from "effect"
import type { OrderId } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { readOrder } from "./steps/readOrder.ts"
import { recordRead } from "./steps/recordRead.ts"
import { requireOwnerOrAdmin } from "./steps/requireOwnerOrAdmin.ts"

export const getOrder = (principal: Principal, id: OrderId) =>
  readOrder(id, (order) =>
    Effect.andThen(requireOwnerOrAdmin(principal, order), recordRead(principal, order))
  )
