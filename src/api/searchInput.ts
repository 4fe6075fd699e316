// Converts the query of an operator into a search of orders.
import { Option } from "effect"
import type * as z from "zod"
import { OrderId } from "../services/ids.ts"
import { everyOrder } from "../services/orders/model/orderFilter.ts"
import { readOrderNumber } from "../services/orders/model/orderNumber.ts"
import type { SearchInput } from "../services/orders/searchOrders.ts"
import type { AdminOrdersQuery } from "./contract/adminOrders.ts"

const toDate = (text: string): Date => new Date(text)

/** What is searched by, and from where on. */
export const searchInputOf = (query: z.output<typeof AdminOrdersQuery>): SearchInput => ({
  filter: {
    ...everyOrder,
    id: Option.map(Option.fromUndefinedOr(query.id), OrderId.make),
    number: Option.map(Option.fromUndefinedOr(query.number), readOrderNumber),
    sku: Option.fromUndefinedOr(query.sku),
    status: Option.fromUndefinedOr(query.status),
    mail: Option.fromUndefinedOr(query.mail),
    notice: Option.fromUndefinedOr(query.notice),
    flagged: query.attention !== undefined,
    from: Option.map(Option.fromUndefinedOr(query.from), toDate),
    to: Option.map(Option.fromUndefinedOr(query.to), toDate)
  },
  email: Option.fromUndefinedOr(query.email),
  before: Option.map(Option.fromUndefinedOr(query.cursor), OrderId.make)
})
