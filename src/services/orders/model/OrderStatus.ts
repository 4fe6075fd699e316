// The order state machine as data: adapters and use cases read this table and hold no rule of their own.

export const orderStatuses = ["pending", "confirmed", "fulfilled", "cancelled", "failed"] as const
export type OrderStatus = (typeof orderStatuses)[number]

/** The statuses in which an order may have open work. */
export type UnsettledStatus = Extract<OrderStatus, "pending" | "confirmed">

export const confirmationStates = [
  "waiting",
  "sending",
  "sent",
  "undeliverable",
  "not_due"
] as const
export type ConfirmationState = (typeof confirmationStates)[number]

/** The states of a notice. */
export const noticeStates = ["waiting", "sending", "sent", "undeliverable"] as const
export type NoticeState = (typeof noticeStates)[number]

/** The statuses that a customer gets a mail about. A mail is about one of them. */
export const mailedStatuses = ["confirmed", "fulfilled", "cancelled", "failed"] as const
export type MailKind = (typeof mailedStatuses)[number]

/** The statuses whose mail is a notice. */
export const noticedStatuses: ReadonlyArray<MailKind> = mailedStatuses.filter(
  (status) => status !== "confirmed"
)

export const isMailed = (status: OrderStatus): status is MailKind => status !== "pending"

export interface Transition {
  readonly from: ReadonlyArray<OrderStatus>
  readonly to: OrderStatus
  /** Whether the order returns its stock. */
  readonly returnsStock: boolean
}

export type OrderCommand = "confirm" | "fulfil" | "cancel" | "fail"

export const transitions: { readonly [K in OrderCommand]: Transition } = {
  confirm: { from: ["pending"], to: "confirmed", returnsStock: false },
  fulfil: { from: ["confirmed"], to: "fulfilled", returnsStock: false },
  cancel: { from: ["pending", "confirmed"], to: "cancelled", returnsStock: true },
  fail: { from: ["pending"], to: "failed", returnsStock: true }
}

/** The commands of people; only workers `confirm`. */
export type ChangeCommand = Exclude<OrderCommand, "confirm">

export const isAllowed = (status: OrderStatus, command: OrderCommand): boolean =>
  transitions[command].from.includes(status)

/** The statuses whose orders hold stock: all except those that returned it. */
export const reservingStatuses: ReadonlyArray<OrderStatus> = orderStatuses.filter(
  (status) => !Object.values(transitions).some((t) => t.returnsStock && t.to === status)
)

/**
 * Whether nothing more becomes of an order: it is over, or confirmed and its confirmation needs nothing more. The
 * notice of an order that is over may still be due (see `hasWork`).
 */
export const isSettled = (status: OrderStatus, confirmation: ConfirmationState): boolean => {
  if (status === "pending") return false
  if (status === "confirmed") return confirmation === "sent" || confirmation === "undeliverable"
  return true
}

/** The fields that decide whether an order has open work. */
export interface Progress {
  readonly status: OrderStatus
  readonly confirmation: { readonly state: ConfirmationState }
  readonly notice?: { readonly state: NoticeState }
}

/**
 * Whether something is left to do for an order: to confirm it, or to mail it. Exactly those orders carry `work`, which
 * watchdog and mail loop go by.
 */
export const hasWork = ({ status, confirmation, notice }: Progress): boolean =>
  notice === undefined
    ? !isSettled(status, confirmation.state)
    : notice.state === "waiting" || notice.state === "sending"
