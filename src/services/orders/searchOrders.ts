// Use cases of operators: search the orders of all users, and export what was found.
import { Effect, Option } from "effect"
import { normalizeEmail } from "../accounts/model/Account.ts"
import { AccountStore } from "../accounts/ports/AccountStore.ts"
import { audit } from "../audit/audit.ts"
import type { OrderId } from "../ids.ts"
import { toPage } from "../page.ts"
import { now } from "../time.ts"
import { RangeRequired } from "./model/errors.ts"
import { hasShortRange, isBounded, maxRangeDays, type OrderFilter } from "./model/orderFilter.ts"
import { type FoundOrder, OrderSearch } from "./ports/OrderSearch.ts"

export interface SearchInput {
  /** By user only if `email` is None. */
  readonly filter: OrderFilter
  /** The address of the orders' user. */
  readonly email: Option.Option<string>
  readonly before: Option.Option<OrderId>
}

/** The filter with the user whom the address belongs to; none if no account has it. */
const withUser = Effect.fnUntraced(function* ({ filter, email }: SearchInput) {
  if (Option.isNone(email)) return Option.some(filter)
  const account = yield* AccountStore.use((store) => store.findByEmail(normalizeEmail(email.value)))
  return Option.map(account, ({ user }) => ({ ...filter, userId: Option.some(user.id) }))
})

/** The filter of the search; None finds nothing. Fails if it would read too much. */
const checkedFilter = Effect.fnUntraced(function* (input: SearchInput) {
  const filter = yield* withUser(input)
  const at = yield* now
  const isTooWide = (given: OrderFilter) => !isBounded(given) && !hasShortRange(given, at)
  if (Option.exists(filter, isTooWide)) return yield* new RangeRequired({ maxDays: maxRangeDays })
  return filter
})

/** A page of orders, newest first. */
export const searchOrders = Effect.fn("searchOrders")(function* (
  input: SearchInput & { readonly limit: number }
) {
  const filter = yield* checkedFilter(input)
  if (Option.isNone(filter)) return toPage<FoundOrder>([], input.limit, ({ id }) => id)
  const read = yield* OrderSearch.use((search) =>
    search.list({ filter: filter.value, before: input.before, limit: input.limit + 1 })
  )
  return toPage(read, input.limit, ({ id }) => id)
})

/** The most orders of one export: some 3 MB of text. The next export continues at its end. */
export const maxExported = 10_000

/** Orders that are read together: few enough not to delay other calls to the database. */
const exportedTogether = 500

/**
 * The texts that `format` makes of up to `maxExported` orders, newest first, in their pages, and the last id where more
 * follow. Those that cannot be read are left out. It is recorded, with how many they were.
 */
export const exportOrders = Effect.fn("exportOrders")(function* (
  input: SearchInput,
  format: (found: ReadonlyArray<FoundOrder>) => string
) {
  const filter = yield* checkedFilter(input)
  const texts: Array<string> = []
  let count = 0
  let before = input.before
  let next: Option.Option<string> = Option.none()
  while (Option.isSome(filter) && count < maxExported) {
    const limit = Math.min(exportedTogether, maxExported - count)
    const query = { filter: filter.value, before, limit: limit + 1 }
    const page = toPage(
      yield* OrderSearch.use((search) => search.list(query)),
      limit,
      ({ id }) => id
    )
    texts.push(format(page.items))
    count += page.items.length
    next = page.next
    before = Option.map(Option.fromUndefinedOr(page.items.at(-1)), ({ id }) => id)
    if (Option.isNone(next)) break
  }
  yield* audit({ kind: "orders_exported", details: { matched: count } })
  return { texts, next }
})
