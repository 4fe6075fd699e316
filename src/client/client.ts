// The client of the API: a method for each operation, typed by the API's own schemas, on nothing but `fetch`. It
// runs in browsers, Node, Bun, Deno and workerd.
import { type EventsOptions, follow, type OrderEvent } from "./events.ts"
import { type Answer, type Input, keyed, type OperationId, routes } from "./operations.ts"
import { type CallOptions, type Incoming, type Outgoing, type Sending, send } from "./send.ts"
import { inMemory, makeSession, type Store } from "./session.ts"

export interface ClientOptions {
  /** Where the API is: `https://shop.example.com`, with a path in front of the API's if there is one. */
  readonly url: string
  /** What sends requests; the host's where absent. */
  readonly fetch?: Sending["fetch"] | undefined
  /** Where tokens are kept; in memory where absent. */
  readonly store?: Store | undefined
  /** How often a request is sent at most: 4 where absent. */
  readonly attempts?: number | undefined
  /** How long an attempt may take, in milliseconds: 15,000 where absent. The API answers within 10 seconds. */
  readonly timeoutMillis?: number | undefined
  /** The longest `Retry-After` that is waited for, in seconds: 30 where absent. */
  readonly longestWaitSeconds?: number | undefined
}

/** What the client does itself with the answers of these, or with their streams. */
type Handled = "refresh" | "logout" | "followOrder"

/** Whether an operation can be called without its input. */
type Call<K extends OperationId> =
  Record<never, never> extends Input<K>
    ? (input?: Input<K>, options?: CallOptions) => Promise<Answer<K>>
    : (input: Input<K>, options?: CallOptions) => Promise<Answer<K>>

export type Client = {
  /** The input has the parameters of the path, the query and the body together, by their names in the documents. */
  readonly [K in Exclude<OperationId, Handled>]: Call<K>
} & {
  /** Ends the session, here also where the API does not hear of it. The device token stays. */
  readonly logout: (options?: Pick<CallOptions, "signal">) => Promise<void>
  /**
   * Each entry of the order's timeline, and each that is added, until the order is settled. Rejects where the API
   * refuses, or where several attempts in a row bring nothing.
   */
  readonly events: (
    orderId: string,
    options?: EventsOptions
  ) => AsyncGenerator<OrderEvent, void, undefined>
}

/** Those whose answers have a device token, or that are let in by one. */
const ofDevice: ReadonlyArray<OperationId> = [
  "login",
  "forgotPassword",
  "resetPassword",
  "changePassword"
]

/** POST that does no harm when it is sent twice: a code that was used answers the same request alike, and so do these. */
const repeatable: ReadonlyArray<OperationId> = ["verifyOtp", "resetPassword", "refresh", "logout"]

/** Random, and no secret. */
const newKey = (): string => crypto.randomUUID()

/** The URL of a route, and what of the input is not in it. */
const fill = (path: string, input: Readonly<Record<string, unknown>>) => {
  const rest = { ...input }
  const filled = path.replace(/:(\w+)/gu, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  return { path: filled, rest }
}

const queryOf = (input: Readonly<Record<string, unknown>>): string => {
  const given = Object.entries(input).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return given.length === 0 ? "" : `?${query}`
}

export const createClient = (options: ClientOptions): Client => {
  const origin = options.url.replace(/\/+$/u, "")
  const sending: Sending = {
    // Not the function itself: a browser's refuses to be called on another object.
    fetch: options.fetch ?? ((request) => fetch(request)),
    attempts: options.attempts ?? 4,
    timeoutMillis: options.timeoutMillis ?? 15_000,
    longestWaitSeconds: options.longestWaitSeconds ?? 30
  }
  const session = makeSession({
    store: options.store ?? inMemory(),
    sending,
    refreshUrl: `${origin}${routes.refresh[1]}`
  })

  const outgoingOf = (
    id: OperationId,
    input: Readonly<Record<string, unknown>>,
    { signal, idempotencyKey }: CallOptions
  ): Outgoing => {
    const [method, template] = routes[id]
    const { path, rest } = fill(template, input)
    const takesBody = method !== "get" && method !== "delete"
    const isKeyed = id in keyed
    return {
      url: `${origin}${path}${takesBody ? "" : queryOf(rest)}`,
      method,
      headers: isKeyed ? { "idempotency-key": idempotencyKey ?? newKey() } : {},
      body: takesBody ? JSON.stringify(rest) : undefined,
      signal,
      repeatable: method !== "post" || isKeyed || repeatable.includes(id)
    }
  }

  const call =
    (id: OperationId) =>
    async (
      input: Readonly<Record<string, unknown>> = {},
      callOptions: CallOptions = {}
    ): Promise<unknown> => {
      const outgoing = outgoingOf(id, input, callOptions)
      const sendWith = (headers: Outgoing["headers"]): Promise<Incoming> => {
        const all = { ...outgoing, headers: { ...outgoing.headers, ...headers } }
        return ofDevice.includes(id) ? session.onDevice(all) : send(sending, all)
      }
      const needsUser = routes[id][2] !== "anyone"
      const { body } = needsUser
        ? await session.authorized(sendWith, callOptions.signal)
        : await sendWith({})
      if (id === "login") await session.begin(body as Answer<"login">)
      return body
    }

  const ids = Object.keys(routes) as ReadonlyArray<OperationId>
  return {
    ...Object.fromEntries(ids.map((id) => [id, call(id)])),
    logout: async ({ signal } = {}) => {
      const refreshToken = await session.end()
      if (refreshToken !== undefined)
        await send(sending, outgoingOf("logout", { refreshToken }, { signal }))
    },
    events: (orderId, eventsOptions = {}) => {
      const { url } = outgoingOf("followOrder", { id: orderId }, {})
      return follow({ url, sending, authorized: session.authorized }, eventsOptions)
    }
    // Every route has its method, which the compiler can't know of `fromEntries`.
  } as Client
}
