// Orders: a search over all of them, saved filters, and above the first page the orders that need attention.
import { Effect, Option } from "effect"
import * as z from "zod"
import { emailsOf } from "../../services/accounts/emailsOf.ts"
import { OrderId, type UserId } from "../../services/ids.ts"
import type { OrderRecord } from "../../services/orders/model/Order.ts"
import { confirmationStates, orderStatuses } from "../../services/orders/model/OrderStatus.ts"
import {
  everyOrder,
  isBounded,
  maxRangeDays,
  type OrderFilter
} from "../../services/orders/model/orderFilter.ts"
import { readOrderNumber, typedOrderNumber } from "../../services/orders/model/orderNumber.ts"
import type { FoundOrder } from "../../services/orders/ports/OrderSearch.ts"
import { searchOrders } from "../../services/orders/searchOrders.ts"
import type { Page as PageOf } from "../../services/page.ts"
import { idPattern } from "../../services/runtime/IdGenerator.ts"
import { addSeconds } from "../../services/time.ts"
import { Email, Id, Sku } from "../contract/fields.ts"
import type { FieldError } from "../contract/problems.ts"
import { filterQuery, readFilters, type SavedFilter, saveFilters } from "./filters.ts"
import { answerPage } from "./layout.tsx"
import { goTo, type Page, textOf, type Visit } from "./Page.ts"
import {
  Badge,
  Choice,
  Empty,
  Field,
  KeyField,
  labelIn,
  MailBadge,
  Money,
  Notice,
  Pages,
  SearchForm,
  StatusBadge,
  Table,
  Time,
  withQuery
} from "./parts.tsx"

const path = "/console/orders"
const limit = 50
/** Above the others: those that have to be done first, and not all there is to see. */
const maxUrgent = 10

const Day = z.iso.date("must be a day, such as 2026-01-31")

/** As the form of the page sends it, empty fields left out. */
const Query = z.object({
  /** Its number, as people type it, or its id. */
  order: z
    .string()
    .refine((text) => typedOrderNumber.test(text) || idPattern.test(text), {
      message: "must be an order's number, such as K7QF-2M9X, or its id"
    })
    .optional(),
  email: Email.optional(),
  sku: Sku.optional(),
  status: z.enum(orderStatuses).optional(),
  mail: z.enum(confirmationStates).optional(),
  attention: z.literal("true").optional(),
  from: Day.optional(),
  to: Day.optional(),
  cursor: Id.optional()
})
type Query = z.output<typeof Query>

/** What the form calls its fields. */
const labels = {
  order: "Order number or id",
  email: "Customer's email",
  sku: "SKU",
  status: "Status",
  mail: "Mail",
  attention: "Attention",
  from: "Placed from",
  to: "Placed until"
} as const

const midnight = (day: string): Date => new Date(`${day}T00:00:00.000Z`)

const namedBy = (order: string | undefined) => {
  if (order === undefined) return {}
  return idPattern.test(order)
    ? { id: Option.some(OrderId.make(order)) }
    : { number: Option.some(readOrderNumber(order)) }
}

const filterOf = (query: Query): OrderFilter => ({
  ...everyOrder,
  ...namedBy(query.order),
  sku: Option.fromUndefinedOr(query.sku),
  status: Option.fromUndefinedOr(query.status),
  mail: Option.fromUndefinedOr(query.mail),
  flagged: query.attention !== undefined,
  from: Option.map(Option.fromUndefinedOr(query.from), midnight),
  // The day itself belongs to it.
  to: Option.map(Option.fromUndefinedOr(query.to), (day) => addSeconds(midnight(day), 24 * 3600))
})

const search = (query: Query, filter: OrderFilter, most = limit) =>
  searchOrders({
    filter,
    email: Option.fromUndefinedOr(query.email),
    before: Option.map(Option.fromUndefinedOr(query.cursor), OrderId.make),
    limit: most
  })

const none: PageOf<FoundOrder> = { items: [], next: Option.none() }

/** Those of the same search that need a person, where an index finds them without reading others. */
const urgent = (query: Query, filter: OrderFilter) => {
  const flagged = { ...filter, flagged: true }
  const isFirst = query.cursor === undefined && !filter.flagged && query.email === undefined
  return isFirst && isBounded(flagged) ? search(query, flagged, maxUrgent) : Effect.succeed(none)
}

interface Found extends PageOf<FoundOrder> {
  readonly urgent: PageOf<FoundOrder>
  readonly emails: ReadonlyMap<UserId, string>
}

const nothing: Found = { ...none, urgent: none, emails: new Map() }

const recordsOf = (found: ReadonlyArray<FoundOrder>): ReadonlyArray<OrderRecord> =>
  found.flatMap(({ record }) => Option.toArray(record))

const find = Effect.fnUntraced(function* (query: Query) {
  const filter = filterOf(query)
  const { first, page } = yield* Effect.all(
    { first: urgent(query, filter), page: search(query, filter) },
    { concurrency: "unbounded" }
  )
  const ids = new Set(first.items.map(({ id }) => id))
  const items = page.items.filter(({ id }) => !ids.has(id))
  const users = recordsOf([...first.items, ...items]).map(({ order }) => order.userId)
  const found: Found = { urgent: first, items, next: page.next, emails: yield* emailsOf(users) }
  return found
})

const List = ({
  caption,
  found,
  emails,
  at
}: {
  readonly caption: string
  readonly found: ReadonlyArray<FoundOrder>
  readonly emails: ReadonlyMap<UserId, string>
  readonly at: Date
}) => {
  const unreadable = found.filter(({ record }) => Option.isNone(record)).map(({ id }) => id)
  return (
    <>
      <Table
        caption={caption}
        columns={[
          {
            head: "Order",
            cell: ({ order }) => (
              <a href={`${path}/${order.id}`}>
                <code>{order.number}</code>
              </a>
            )
          },
          {
            head: "State",
            cell: ({ order, needsAttention }) => (
              <span class="badges">
                {Option.isSome(needsAttention) ? <Badge tone="bad">needs attention</Badge> : null}
                <StatusBadge status={order.status} />
                <MailBadge state={order.confirmation.state} />
              </span>
            )
          },
          { head: "Placed", cell: ({ order }) => <Time at={order.createdAt} now={at} /> },
          {
            head: "Customer",
            cell: ({ order }) => (
              <a href={`/console/customers/${order.userId}`}>
                {emails.get(order.userId) ?? "no account any more"}
              </a>
            )
          },
          {
            head: "Items",
            cell: ({ order }) =>
              order.items.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", ")
          },
          {
            head: "Total",
            cell: ({ order }) => <Money amount={order.total} currency={order.currency} />,
            numeric: true
          }
        ]}
        rows={recordsOf(found)}
      />
      {unreadable.length === 0 ? null : (
        <Notice tone="bad">
          Damaged in the database, and left out: {unreadable.join(", ")}. The log says more.
        </Notice>
      )}
    </>
  )
}

const builtIn: ReadonlyArray<SavedFilter> = [
  { name: "All", query: "" },
  { name: "Need attention", query: "attention=true" },
  { name: "Pending", query: "status=pending" },
  { name: "Mail undeliverable", query: "mail=undeliverable" },
  { name: "Failed", query: "status=failed" }
]

const Filters = ({
  visit,
  saved,
  current,
  canKeep
}: {
  readonly visit: Visit
  readonly saved: ReadonlyArray<SavedFilter>
  readonly current: string
  /** Whether the search is one. */
  readonly canKeep: boolean
}) => {
  const isKept = !canKeep || [...builtIn, ...saved].some(({ query }) => query === current)
  return (
    <div class="filters">
      <nav aria-label="Saved filters">
        <ul>
          {[...builtIn, ...saved].map(({ name, query }) => (
            <li>
              <a
                href={query === "" ? path : `${path}?${query}`}
                {...(query === current ? { "aria-current": "true" } : {})}
              >
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {isKept ? null : (
        <form method="post" action={path} class="line">
          <KeyField session={visit.session} />
          <input type="hidden" name="query" value={current} />
          <Field
            name="name"
            label="Keep this search as"
            required
            maxlength={30}
            autocomplete="off"
          />
          <button type="submit" name="do" value="keep">
            Keep
          </button>
        </form>
      )}
      {saved.some(({ query }) => query === current) ? (
        <form method="post" action={path}>
          <KeyField session={visit.session} />
          <input type="hidden" name="query" value={current} />
          <button type="submit" name="do" value="forget">
            Forget this filter
          </button>
        </form>
      ) : null}
    </div>
  )
}

/** What is searched by, in words: `Status pending, SKU kettle`. */
const conditionsIn = (query: URLSearchParams): string =>
  Object.entries(labels)
    .flatMap(([name, label]) => {
      const value = (query.get(name) ?? "").trim()
      if (value === "") return []
      return [name === "attention" ? "needs attention" : `${label} ${value.replace("_", " ")}`]
    })
    .join(", ")

const anything = (text: string): readonly [string, string] => ["", text]

const OrderSearch = ({ query }: { readonly query: URLSearchParams }) => {
  const value = (name: string) => query.get(name) ?? ""
  return (
    <SearchForm name="Orders" path={path}>
      <Field name="order" label={labels.order} value={value("order")} autocomplete="off" />
      <Field name="email" label={labels.email} type="email" value={value("email")} />
      <Field name="sku" label={labels.sku} value={value("sku")} autocomplete="off" />
      <Choice
        name="status"
        label={labels.status}
        chosen={value("status")}
        options={[anything("any"), ...orderStatuses.map((name) => [name, name] as const)]}
      />
      <Choice
        name="mail"
        label={labels.mail}
        chosen={value("mail")}
        options={[
          anything("any"),
          ...confirmationStates.map((name) => [name, name.replace("_", " ")] as const)
        ]}
      />
      <Choice
        name="attention"
        label={labels.attention}
        chosen={value("attention")}
        options={[anything("all orders"), ["true", "only those that need it"]]}
      />
      <Field name="from" label={labels.from} type="date" value={value("from")} />
      <Field name="to" label={labels.to} type="date" value={value("to")} />
    </SearchForm>
  )
}

const page = (
  visit: Visit,
  { urgent, items, next, emails }: Found,
  errors: ReadonlyArray<FieldError> = []
): Response => {
  const { query, at } = visit
  const saved = readFilters(visit.request)
  const current = filterQuery(query)
  return answerPage(
    visit,
    { title: "Orders", current: "Orders", status: errors.length === 0 ? 200 : 400 },
    <>
      <h1>Orders</h1>
      <Filters visit={visit} saved={saved} current={current} canKeep={errors.length === 0} />
      {errors.length === 0 ? null : (
        <Notice tone="bad">
          <ul>
            {errors.map(({ path: field, message }) => (
              <li>
                <strong>{field}</strong> {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {/* Closed where something was found: on a phone it would hide it. */}
      <details class="box" open={current !== "" && items.length + urgent.items.length === 0}>
        <summary>Search{current === "" ? "" : `: ${conditionsIn(query)}`}</summary>
        <OrderSearch query={query} />
      </details>
      {urgent.items.length === 0 ? null : (
        <section>
          <h2>Need attention</h2>
          <List caption="Orders that need attention" found={urgent.items} emails={emails} at={at} />
          {Option.isNone(urgent.next) ? null : (
            <p>
              <a href={withQuery(path, { ...Object.fromEntries(query), attention: "true" })}>
                All that need attention
              </a>
            </p>
          )}
        </section>
      )}
      {errors.length > 0 ? null : (
        <section>
          <h2>{query.get("attention") === "true" ? "Need attention" : "Newest first"}</h2>
          {items.length === 0 ? (
            <Empty>
              {current === ""
                ? "No order was placed yet. The first one shows up here."
                : "No order fits this search. Leave a condition out, or look at another range of time."}
            </Empty>
          ) : (
            <List caption="Orders" found={items} emails={emails} at={at} />
          )}
          <Pages path={path} query={query} next={next} />
        </section>
      )}
    </>
  )
}

const rangeNeeded: FieldError = {
  path: labels.from,
  message: `is needed for this combination of conditions, at most ${maxRangeDays} days before the end: no index finds these orders by itself.`
}

const withoutEmpty = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries(Array.from(query).filter(([, value]) => value.trim() !== ""))

export const ordersPage: Page = {
  show: (visit) => {
    const read = Query.safeParse(withoutEmpty(visit.query))
    if (!read.success) {
      const errors = read.error.issues.map((issue) => ({
        path: labelIn(labels, issue.path),
        message: issue.message
      }))
      return Effect.succeed(page(visit, nothing, errors))
    }
    return find(read.data).pipe(
      Effect.map((found) => page(visit, found)),
      Effect.catchTag("RangeRequired", () => Effect.succeed(page(visit, nothing, [rangeNeeded])))
    )
  },

  /** Saves a filter, or deletes it. */
  act: ({ request, form }) =>
    Effect.sync(() => {
      const query = filterQuery(new URLSearchParams(textOf(form, "query")))
      const others = readFilters(request).filter((filter) => filter.query !== query)
      const name = textOf(form, "name").slice(0, 30)
      const isKept = textOf(form, "do") === "keep" && name !== ""
      const response = goTo(request, query === "" ? path : `${path}?${query}`)
      saveFilters(request, response, isKept ? [...others, { name, query }] : others)
      return response
    })
}
