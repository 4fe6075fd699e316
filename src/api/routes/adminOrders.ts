// /api/admin/orders: operators search the orders of all users, export the result, and read one of them.
import { Effect, Option } from "effect"
import type * as z from "zod"
import { OrderId } from "../../services/ids.ts"
import { deadLettersOf } from "../../services/orders/deadLettersOf.ts"
import type { Attention, OrderRecord, Work } from "../../services/orders/model/Order.ts"
import type { FoundOrder } from "../../services/orders/ports/OrderSearch.ts"
import { exportOrders, searchOrders } from "../../services/orders/searchOrders.ts"
import { showOrder } from "../../services/orders/showOrder.ts"
import {
  type AdminOrdersQuery,
  adminOrderOperations as operations
} from "../contract/adminOrders.ts"
import { encodeCursor, pageBody } from "../contract/cursor.ts"
import { csvLine } from "../csv.ts"
import { searchInputOf } from "../searchInput.ts"
import type { Serve } from "../serve.ts"
import { encodeEvent } from "./admin.ts"
import { encodeAdminUser } from "./adminUsers.ts"

const columns = [
  ...["id", "number", "createdAt", "updatedAt", "status", "mail", "userId", "total", "currency"],
  ...["items", "needsAttention", "notice"]
] as const

const lineOf = ({ order, needsAttention }: OrderRecord): string => {
  const values: { readonly [C in (typeof columns)[number]]: string | number } = {
    id: order.id,
    number: order.number,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    status: order.status,
    mail: order.confirmation.state,
    userId: order.userId,
    total: order.total,
    currency: order.currency,
    items: order.items.map(({ sku, quantity }) => `${quantity} x ${sku}`).join("; "),
    needsAttention: Option.match(needsAttention, {
      onNone: () => "",
      onSome: ({ reason }) => reason
    }),
    notice: order.notice?.state ?? ""
  }
  return csvLine(columns.map((column) => values[column]))
}

const readable = (found: ReadonlyArray<FoundOrder>): ReadonlyArray<OrderRecord> =>
  found.flatMap(({ record }) => Option.toArray(record))

const linesOf = (found: ReadonlyArray<FoundOrder>): string => readable(found).map(lineOf).join("")

const attentionOf = (flag: Option.Option<Attention>) => Option.getOrNull(flag)

const workOf = ({ dueAt, resends, unknownSends = 0, failures = 0 }: Work) => ({
  dueAt,
  resends,
  unknownSends,
  failures
})

type Query = z.output<typeof AdminOrdersQuery>

const wantsCsv = (query: Query, accept: string | undefined): boolean =>
  query.format === undefined ? /\btext\/csv\b/u.test(accept ?? "") : query.format === "csv"

export const adminOrderRoutes = ({ route }: Serve): void => {
  route(operations.searchOrders, ({ request, query }) => {
    if (wantsCsv(query, request.header("Accept")))
      return Effect.map(exportOrders(searchInputOf(query), linesOf), ({ texts, next }) =>
        request.answer(csvLine(columns) + texts.join(""), 200, {
          "Content-Type": "text/csv; charset=utf-8",
          "Content-Disposition": 'attachment; filename="orders.csv"',
          ...(Option.isSome(next) ? { "X-Next-Cursor": encodeCursor(next.value) } : {})
        })
      )
    const searching = searchOrders({ ...searchInputOf(query), limit: query.limit })
    return Effect.map(searching, ({ items: found, next }) => {
      const items = readable(found).map(({ order, needsAttention }) => ({
        ...order,
        needsAttention: attentionOf(needsAttention)
      }))
      const unreadable = found.filter(({ record }) => Option.isNone(record)).map(({ id }) => id)
      return request.json({ ...pageBody({ items, next }), unreadable })
    })
  })

  route(
    operations.showOrder,
    Effect.fnUntraced(function* ({ request, principal, params }) {
      const id = OrderId.make(params.id)
      const { customer, needsAttention, work, mail, traceId, events, ...shown } = yield* showOrder(
        principal,
        id
      )
      // As it is flagged when a message about it dies.
      const deadLetters = Option.isSome(needsAttention) ? yield* deadLettersOf(id) : Option.some([])
      return request.json({
        ...shown,
        customer: Option.getOrNull(Option.map(customer, encodeAdminUser)),
        needsAttention: attentionOf(needsAttention),
        work: Option.getOrNull(Option.map(work, workOf)),
        mail: { ...mail, claim: Option.getOrNull(mail.claim) },
        traceId: Option.getOrNull(traceId),
        deadLetters: Option.getOrNull(
          Option.map(deadLetters, (letters) =>
            letters.map(({ messageId, reason, deadSince }) => ({ messageId, reason, deadSince }))
          )
        ),
        events: events.map((event) => encodeEvent(event))
      })
    })
  )
}
