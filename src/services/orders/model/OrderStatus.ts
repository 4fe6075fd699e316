// The order state machine as data: adapters and use cases read this table and hold no rule of their own.

export const orderStatuses = ["pending", "confirmed", "fulfilled", "cancelled", "failed"] as const
export type OrderStatus = (typeof orderStatuses)[number]

/** The statuses in which an order may have something left to do. */
export type UnsettledStatus = Extract<OrderStatus, "pending" | "confirmed">

export const confirmationStates = [
  "waiting",
  "sending",
  "sent",
  "undeliverable",
  "not_due"
] as const
export type ConfirmationState = (typeof confirmationStates)[number]

export interface Transition {
  readonly from: ReadonlyArray<OrderStatus>
  readonly to: OrderStatus
  /** Whether the order gives back what it reserved. */
  readonly returnsStock: boolean
}

export type OrderCommand = "confirm" | "fulfil" | "cancel" | "fail"

export const transitions: { readonly [K in OrderCommand]: Transition } = {
  confirm: { from: ["pending"], to: "confirmed", returnsStock: false },
  fulfil: { from: ["confirmed"], to: "fulfilled", returnsStock: false },
  cancel: { from: ["pending", "confirmed"], to: "cancelled", returnsStock: true },
  fail: { from: ["pending"], to: "failed", returnsStock: true }
}

/** What a person decides about an order; `confirm` is the worker's alone. */
export type ChangeCommand = Exclude<OrderCommand, "confirm">

export const isAllowed = (status: OrderStatus, command: OrderCommand): boolean =>
  transitions[command].from.includes(status)

/** The statuses whose orders hold stock: all but those that gave it back. */
export const reservingStatuses: ReadonlyArray<OrderStatus> = orderStatuses.filter(
  (status) => !Object.values(transitions).some((t) => t.returnsStock && t.to === status)
)

/**
 * Whether nothing is left to do for an order. Unsettled orders carry `work`, which the watchdog
 * follows; settled ones never do.
 */
export const isSettled = (status: OrderStatus, confirmation: ConfirmationState): boolean => {
  if (status === "pending") return false
  if (status === "confirmed") return confirmation === "sent" || confirmation === "undeliverable"
  return true
}
