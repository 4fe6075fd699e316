// The type of a page of the console: what it shows, and what it does with its submitted form.
import type { Effect } from "effect"
import type { ReadinessReport } from "../../http/health.ts"
import type { ConsoleSession } from "../../services/accounts/consoleSession.ts"
import type { KnownMinutes } from "../../services/operations/ordersPerMinute.ts"
import type { QueueDepth } from "../../services/orders/measureQueues.ts"
import type { ApiRequest } from "../ApiRequest.ts"
import type { AppServices } from "../context.ts"
import type { PublicError } from "../errors.ts"
import type { OrderStreams } from "../orderStreams.ts"
import type { ConsoleFiles } from "./files.ts"
import type { Seen } from "./overview.tsx"

export interface Sample {
  readonly at: Date
  readonly unsettled: number
  readonly mailsDue: number
}

/** What is outside of the process. */
export interface Outside extends ReadinessReport {
  readonly queues: { readonly [Q in "orders" | "deadLetters"]: QueueDepth }
}

/** The latest figures of the overview. No store keeps them: they begin with the first visit, in each process. */
export interface History {
  /** The newest last. */
  readonly samples: Array<Sample>
  readonly known: KnownMinutes
  /** All of it, the last time. */
  seen?: Seen
  /** What the dependencies said of themselves and of their queues, the last time. */
  told?: { readonly at: Date; readonly report: Outside }
}

export interface Visit {
  readonly request: ApiRequest
  readonly session: ConsoleSession
  readonly files: ConsoleFiles
  readonly history: History
  readonly streams: OrderStreams
  /** When it began: what pages call now. */
  readonly at: Date
  readonly query: URLSearchParams
}

export type View<V> = (visit: V) => Effect.Effect<Response, PublicError, AppServices>

export interface Page {
  readonly show: View<Visit>
  readonly act?: View<Visit & { readonly form: FormData }>
}

/** By htmx, for a part of a page. */
export const isForPart = (request: ApiRequest): boolean => request.header("HX-Request") === "true"

/** A parameter of the path. */
export const pathParam = ({ request }: Visit, name: string): string =>
  request.hono.req.param(name) ?? ""

/** A field of a form as trimmed text; empty if it is absent. */
export const textOf = (form: FormData, name: string): string => {
  const value = form.get(name)
  return typeof value === "string" ? value.trim() : ""
}

/** To another page of the console, by a GET. */
export const goTo = (request: ApiRequest, path: string): Response =>
  request.answer(null, 303, { Location: path })
