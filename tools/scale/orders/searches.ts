// Every combination of what operators search by, with values that are common, rare and unknown.
import { Option } from "effect"
import { UserId } from "../../../src/services/ids.ts"
import {
  confirmationStates,
  orderStatuses
} from "../../../src/services/orders/model/OrderStatus.ts"
import {
  everyOrder,
  isBounded,
  maxRangeDays,
  type OrderFilter
} from "../../../src/services/orders/model/orderFilter.ts"
import { addSeconds } from "../../../src/services/time.ts"
import { everyday, orderAt, seldom, wholesale } from "./seed.ts"

/** Without the condition, and with each value. */
const without = <A>(...values: ReadonlyArray<A>): ReadonlyArray<Option.Option<A>> => [
  Option.none(),
  ...values.map((value) => Option.some(value))
]

/** One combination of each kind: an id bounds them all. */
const isOfFirst = ({ userId, sku, status, mail }: OrderFilter): boolean =>
  [
    Option.contains(userId, wholesale) || Option.isNone(userId),
    Option.contains(sku, everyday) || Option.isNone(sku),
    Option.contains(status, "pending") || Option.isNone(status),
    Option.contains(mail, "waiting") || Option.isNone(mail)
  ].every(Boolean)

/** All searches of what `storeOrders` has stored: those that no index bounds in the longest range that they may have. */
export const searchesOf = (count: number, end: Date): ReadonlyArray<OrderFilter> => {
  const middle = orderAt(Math.floor(count / 2), count, end).order.id
  const range = {
    from: Option.some(addSeconds(end, -maxRangeDays * 24 * 3600)),
    to: Option.some(end)
  }
  const combined = without(wholesale, UserId.make("unknown")).flatMap((userId) =>
    without(everyday, seldom, "unknown").flatMap((sku) =>
      without(...orderStatuses).flatMap((status) =>
        without(...confirmationStates).flatMap((mail) =>
          [false, true].map((flagged) => ({ ...everyOrder, userId, sku, status, mail, flagged }))
        )
      )
    )
  )
  const noticed = combined
    .filter((filter) => isOfFirst(filter))
    .map((filter) => ({ ...filter, notice: Option.some("waiting" as const) }))
  return [
    ...noticed.map((filter) => ({ ...filter, ...range })),
    ...combined.map((filter) => (isBounded(filter) ? filter : { ...filter, ...range })),
    ...combined
      .filter((filter) => isOfFirst(filter))
      .map((filter) => ({ ...filter, id: Option.some(middle) }))
  ]
}

const conditions = ["id", "userId", "sku", "status", "mail", "notice", "from"] as const

/** The names of its conditions. */
export const nameOf = (filter: OrderFilter): string =>
  [
    ...conditions.filter((name) => Option.isSome<unknown>(filter[name])),
    ...(filter.flagged ? ["flagged"] : [])
  ].join(", ")
