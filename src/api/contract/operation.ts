// The contract of an endpoint, as data: routes validate with its schemas, and the OpenAPI document and the pages are
// made from it.
import type * as z from "zod"
import type { ProblemCode } from "../../http/problems.ts"

/**
 * Who may call: `owner` and `session` prove themselves like a user and by a refresh token; `staff` has the role `support`
 * or `admin`.
 */
export type Caller = "anyone" | "session" | "user" | "owner" | "staff" | "admin" | "metrics"

export interface Answer {
  readonly description: string
  readonly type?: "application/json" | "text/plain" | "text/event-stream"
  /** Whether the client may ask for the same as CSV (RFC 4180). */
  readonly orCsv?: boolean
  readonly body?: z.ZodType
  readonly headers?: Readonly<Record<string, z.ZodType>>
}

export interface Operation {
  /** The operationId. */
  readonly id: string
  readonly tag: "Accounts" | "Products" | "Orders" | "Administration" | "System" | "Development"
  readonly method: "get" | "post" | "put" | "patch" | "delete"
  /** In Hono's form, `/api/products/:sku`. */
  readonly path: string
  readonly caller: Caller
  readonly summary: string
  readonly description?: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly headers?: z.ZodObject
  readonly body?: z.ZodObject
  /** Whether a request may come without its body. */
  readonly bodyIsOptional?: boolean
  /** A body that works on a freshly started system, for the pages. */
  readonly example?: unknown
  readonly answers: Readonly<Record<number, Answer>>
  /** The codes of its own, beyond those of its kind (see `problemsOf`). */
  readonly errors: ReadonlyArray<ProblemCode>
}

type Unnamed = Omit<Operation, "id">

/** Operations by their ids. */
export const named = <const T extends Readonly<Record<string, Unnamed>>>(
  operations: T
): { readonly [K in keyof T & string]: T[K] & { readonly id: K } } =>
  // What `fromEntries` makes of entries whose keys are known is not known to the compiler.
  Object.fromEntries(
    Object.entries(operations).map(([id, operation]) => [id, { id, ...operation }])
  ) as { readonly [K in keyof T & string]: T[K] & { readonly id: K } }

const authentication: ReadonlyArray<ProblemCode> = [
  "unauthorized",
  "invalid_token",
  "token_expired"
]

const ofCaller = {
  anyone: [],
  session: [],
  user: authentication,
  owner: authentication,
  staff: [...authentication, "forbidden"],
  admin: [...authentication, "forbidden"],
  metrics: ["unauthorized"]
} as const satisfies Record<Caller, ReadonlyArray<ProblemCode>>

/**
 * Orchestrators and balancers ask these, and may share an address with a flood. A refusal would take the machine
 * out of rotation, so no limit counts them. Every other path counts for its client's limit.
 */
export const probes: ReadonlySet<string> = new Set(["/healthz", "/readyz"])

/** Every code that an operation may answer. */
export const problemsOf = ({
  path,
  caller,
  body,
  errors
}: Operation): ReadonlyArray<ProblemCode> => [
  "invalid_request",
  "request_timeout",
  "headers_too_large",
  ...ofCaller[caller],
  ...errors,
  ...(body === undefined ? [] : (["payload_too_large", "unsupported_media_type"] as const)),
  ...(probes.has(path) ? [] : (["rate_limited"] as const)),
  "internal",
  "unavailable"
]
