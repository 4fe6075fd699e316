// Who may see an order. Others get the answer for an order that does not exist, and are recorded.
import { Effect } from "effect"
import { auditDenied } from "../../audit/auditDenied.ts"
import type { OrderId, UserId } from "../../ids.ts"
import { isStaff, type Principal } from "../../Principal.ts"
import { OrderNotFound } from "../model/errors.ts"

const maySee = ({ userId, role }: Principal, order: { readonly userId: UserId }): boolean =>
  isStaff(role) || order.userId === userId

/** Fails unless the order may be seen. */
export const requireOwnerOrStaff = Effect.fnUntraced(function* (
  principal: Principal,
  { id, userId }: { readonly id: OrderId; readonly userId: UserId }
) {
  if (maySee(principal, { userId })) return
  yield* auditDenied(principal, { orderId: id, userId })
  return yield* new OrderNotFound({ id })
})
