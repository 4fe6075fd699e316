// Searches of orders that an operator has saved under a name. They are only names and queries, so a cookie of the
// browser has them, and no store.
import * as z from "zod"
import type { ApiRequest } from "../ApiRequest.ts"
import { keepCookie, readCookie } from "./cookies.ts"

export interface SavedFilter {
  readonly name: string
  /** Of the page of orders, as `filterQuery` makes it. */
  readonly query: string
}

const maxFilters = 8
/** Of a cookie's value as it is sent: browsers keep 4 KB with its name. */
const maxBytes = 3800

const fields = ["order", "email", "sku", "status", "mail", "attention", "from", "to"]

const Saved = z.array(z.object({ name: z.string().min(1).max(30), query: z.string().max(200) }))

/** What of a query is a filter, always in one order. */
export const filterQuery = (query: URLSearchParams): string =>
  new URLSearchParams(
    fields.flatMap((field) => {
      const value = (query.get(field) ?? "").trim()
      return value === "" ? [] : [[field, value]]
    })
  ).toString()

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A cookie may have any content: content that does not decode is treated as no filters. */
export const readFilters = (request: ApiRequest): ReadonlyArray<SavedFilter> => {
  const saved = Saved.safeParse(parse(readCookie(request, "filters") ?? ""))
  return saved.success ? saved.data.slice(0, maxFilters) : []
}

/** The newest ones, where there are too many. */
export const saveFilters = (
  request: ApiRequest,
  response: Response,
  filters: ReadonlyArray<SavedFilter>
): void => {
  const fitting = filters.filter(({ query }) => query.length <= 200).slice(-maxFilters)
  while (encodeURIComponent(JSON.stringify(fitting)).length > maxBytes) fitting.shift()
  keepCookie(request, response, "filters", JSON.stringify(fitting))
}
