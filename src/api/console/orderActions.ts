// The actions of operators on an order, each with its description. The rules of the change itself say whether it is
// allowed now.
import { Option } from "effect"
import { applyCommand, applyMailRequest } from "../../services/orders/model/changes.ts"
import type { OrderRecord } from "../../services/orders/model/Order.ts"
import type { Role } from "../../services/Principal.ts"

export type OrderAction = "cancel" | "fulfil" | "fail" | "resend"

interface Described {
  /** On its button, and over its page. */
  readonly title: string
  /** What will have happened afterwards. */
  readonly effect: string
  readonly done: string
  readonly reason: "required" | "optional"
  /** Who sees the reason. */
  readonly reasonHint: string
  readonly forAdmins: boolean
  /** Whether it can't be undone. */
  readonly final: boolean
  readonly isAllowed: (record: OrderRecord, at: Date) => boolean
}

export const orderActions: { readonly [A in OrderAction]: Described } = {
  cancel: {
    title: "Cancel the order",
    effect:
      "The order becomes cancelled, its pieces are in stock again, and its customer is told by mail. This can't be taken back.",
    done: "The order is cancelled, and its pieces are in stock again.",
    reason: "optional",
    reasonHint: "The customer reads it, in the mail and in the order's timeline.",
    forAdmins: false,
    final: true,
    isAllowed: (record, at) => Option.isSome(applyCommand(record, "cancel", at))
  },
  fulfil: {
    title: "Mark as fulfilled",
    effect:
      "The order becomes fulfilled: it was handed over. Its customer is told by mail. This can't be taken back.",
    done: "The order is fulfilled.",
    reason: "optional",
    reasonHint: "It is kept in the audit event.",
    forAdmins: true,
    final: false,
    isAllowed: (record, at) => Option.isSome(applyCommand(record, "fulfil", at))
  },
  fail: {
    title: "Give up on the order",
    effect:
      "The order becomes failed, its pieces are in stock again, and its customer is told by mail. This can't be taken back.",
    done: "The order has failed, and its pieces are in stock again.",
    reason: "required",
    reasonHint: "The customer reads it, in the mail and in the order's timeline.",
    forAdmins: true,
    final: true,
    isAllowed: (record, at) => Option.isSome(applyCommand(record, "fail", at))
  },
  resend: {
    title: "Send the mail again",
    effect:
      "The mail about the order's status is sent within seconds: once more where it was sent before, now where it waits. A call for attention is cleared.",
    done: "A worker sends the mail within seconds.",
    reason: "optional",
    reasonHint: "It is kept in the audit event.",
    forAdmins: false,
    final: false,
    isAllowed: (record, at) => Option.isSome(applyMailRequest(record, at))
  }
}

const names: ReadonlyArray<OrderAction> = ["fulfil", "resend", "cancel", "fail"]

/** What this role may do about the order now. */
export const allowedActions = (
  record: OrderRecord,
  role: Role,
  at: Date
): ReadonlyArray<OrderAction> =>
  names.filter((name) => {
    const { forAdmins, isAllowed } = orderActions[name]
    return (role === "admin" || !forAdmins) && isAllowed(record, at)
  })
