// Who may see an order. Everybody else gets the answer for an order that does not exist.
import type { Principal } from "../accounts/TokenSigner.ts"

export const maySee = ({ userId, role }: Principal, order: { readonly userId: string }): boolean =>
  role === "admin" || order.userId === userId
