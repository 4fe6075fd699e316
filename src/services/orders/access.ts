// Who may see an order. Everybody else gets the answer for an order that does not exist, and is recorded.
import { Effect } from "effect"
import type { Principal } from "../accounts/TokenSigner.ts"
import { audit } from "../audit/audit.ts"
import { OrderNotFound } from "./errors.ts"

const maySee = ({ userId, role }: Principal, order: { readonly userId: string }): boolean =>
  role === "admin" || order.userId === userId

/** Fails unless the order may be seen. */
export const checkAccess = Effect.fnUntraced(function* (
  principal: Principal,
  { id, userId }: { readonly id: string; readonly userId: string }
) {
  if (maySee(principal, { userId })) return
  yield* audit({ kind: "access_denied", subject: { orderId: id, userId } })
  return yield* new OrderNotFound({ id })
})
