// The conditions of an order search, and which of them an index covers: a search reads at most a few times its page,
// for any number of orders, or it needs a time range.
import { Option } from "effect"
import type { OrderId, OrderNumber, UserId } from "../../ids.ts"
import { firstIdAt } from "../../runtime/firstIdAt.ts"
import { addSeconds } from "../../time.ts"
import type { OrderRecord } from "./Order.ts"
import type { ConfirmationState, NoticeState, OrderStatus } from "./OrderStatus.ts"

/** All given conditions must match. */
export interface OrderFilter {
  readonly id: Option.Option<OrderId>
  readonly number: Option.Option<OrderNumber>
  readonly userId: Option.Option<UserId>
  readonly sku: Option.Option<string>
  readonly status: Option.Option<OrderStatus>
  /** The state of the confirmation mail. */
  readonly mail: Option.Option<ConfirmationState>
  /** The state of the notice. */
  readonly notice: Option.Option<NoticeState>
  /** Only orders that need attention. */
  readonly flagged: boolean
  /** Placed at or after it, by the time in the order's id … */
  readonly from: Option.Option<Date>
  /** … and before it. */
  readonly to: Option.Option<Date>
}

export const everyOrder: OrderFilter = {
  id: Option.none(),
  number: Option.none(),
  userId: Option.none(),
  sku: Option.none(),
  status: Option.none(),
  mail: Option.none(),
  notice: Option.none(),
  flagged: false,
  from: Option.none(),
  to: Option.none()
}

/** The index that a search uses; all other conditions are compared with the orders that it finds. */
export type SearchPath = "id" | "number" | "flagged" | "user" | "sku" | "state" | "newest"

type Condition = "flagged" | "userId" | "sku" | "status" | "mail" | "notice"

/** The conditions that each path answers, in addition to the order of creation. */
const covered: { readonly [P in Exclude<SearchPath, "id" | "number">]: ReadonlyArray<Condition> } =
  {
    flagged: ["flagged", "status", "mail"],
    user: ["userId", "status"],
    sku: ["sku"],
    state: ["status", "mail"],
    newest: []
  }

const conditionsOf = (filter: OrderFilter): ReadonlyArray<Condition> => [
  ...(filter.flagged ? (["flagged"] as const) : []),
  ...(["userId", "sku", "status", "mail", "notice"] as const).filter((name) =>
    Option.isSome(filter[name])
  )
]

/** The path that is expected to read the least. */
export const searchPathOf = (filter: OrderFilter): SearchPath => {
  if (Option.isSome(filter.id)) return "id"
  if (Option.isSome(filter.number)) return "number"
  if (filter.flagged) return "flagged"
  if (Option.isSome(filter.userId)) return "user"
  if (Option.isSome(filter.sku)) return "sku"
  return Option.isSome(filter.status) || Option.isSome(filter.mail) ? "state" : "newest"
}

/** Whether the search's path covers all of its conditions, so that it reads little more than it returns. */
export const isBounded = (filter: OrderFilter): boolean => {
  const path = searchPathOf(filter)
  if (path === "id" || path === "number") return true
  return conditionsOf(filter).every((name) => covered[path].includes(name))
}

/** The longest time range for a search that no index bounds. */
export const maxRangeDays = 31

/** Whether the filter's time range is short enough for a search that no index bounds. */
export const hasShortRange = ({ from, to }: OrderFilter, at: Date): boolean => {
  const end = Option.getOrElse(to, () => at)
  return Option.exists(from, (start) => addSeconds(start, maxRangeDays * 24 * 3600) >= end)
}

/** The ids of a page of the filter's range: from `first` on, and less than `end`. */
export const idRange = (
  { from, to }: OrderFilter,
  before: Option.Option<OrderId>
): { readonly first: Option.Option<string>; readonly end: Option.Option<string> } => {
  const [end] = [...Option.toArray(Option.map(to, firstIdAt)), ...Option.toArray(before)].toSorted()
  return { first: Option.map(from, firstIdAt), end: Option.fromUndefinedOr(end) }
}

/** Whether an order matches the filter. */
export const matchesFilter = (
  { order, needsAttention }: OrderRecord,
  filter: OrderFilter
): boolean => {
  const { first, end } = idRange(filter, Option.none())
  const is = <A>(wanted: Option.Option<A>, holds: (value: A) => boolean) =>
    Option.isNone(wanted) || holds(wanted.value)
  return (
    is(filter.id, (id) => order.id === id) &&
    is(filter.number, (number) => order.number === number) &&
    is(filter.userId, (userId) => order.userId === userId) &&
    is(filter.sku, (sku) => order.items.some((item) => item.sku === sku)) &&
    is(filter.status, (status) => order.status === status) &&
    is(filter.mail, (state) => order.confirmation.state === state) &&
    is(filter.notice, (state) => order.notice?.state === state) &&
    (!filter.flagged || Option.isSome(needsAttention)) &&
    is(first, (id) => order.id >= id) &&
    is(end, (id) => order.id < id)
  )
}
