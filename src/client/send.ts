// Sends one request, with retries: each attempt has a time limit, only requests that may be repeated are retried, and
// the waits are bounded, jittered and no shorter than `Retry-After`.
import { ConnectionError, ProblemError, UnexpectedAnswer } from "./errors.ts"
import { backOff, retryAfterOf, sleep, unlessAborted } from "./waiting.ts"

/** What every call takes. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Of `placeOrder` and `adjustStock`: names the change, so that it happens once. A random one where absent. */
  readonly idempotencyKey?: string | undefined
}

/** How requests are sent. */
export interface Sending {
  readonly fetch: (request: Request) => Response | Promise<Response>
  /** How often a request is sent at most. */
  readonly attempts: number
  /** How long an attempt may take, in milliseconds. */
  readonly timeoutMillis: number
  /** The longest `Retry-After` that is waited for, in seconds: with a longer one the call fails with its problem. */
  readonly longestWaitSeconds: number
}

export interface Outgoing {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Whether it may be sent again after an unknown outcome. */
  readonly repeatable: boolean
}

export interface Incoming {
  readonly headers: Headers
  readonly body: unknown
}

export const requestOf = (
  { url, method, headers, body }: Pick<Outgoing, "url" | "method" | "headers" | "body">,
  signal: AbortSignal | undefined
): Request =>
  new Request(url, {
    method: method.toUpperCase(),
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined ? {} : { body })
  })

/** Parsed; undefined where it is no JSON. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isProblemDocument = (body: unknown): body is ProblemError["problem"] =>
  typeof body === "object" && body !== null && "code" in body && "instance" in body

/** The error that an answer says. */
export const errorOf = ({ status, headers }: Response, text: string): Error => {
  const body = parse(text)
  const retryAfter = retryAfterOf(headers)
  return isProblemDocument(body)
    ? new ProblemError(body, retryAfter)
    : new UnexpectedAnswer(status, text, retryAfter)
}

const read = async (response: Response): Promise<Incoming> => {
  const text = await response.text()
  if (!response.ok) throw errorOf(response, text)
  const body = text === "" ? undefined : parse(text)
  if (body === undefined && text !== "")
    throw new UnexpectedAnswer(response.status, text, undefined)
  return { headers: response.headers, body }
}

const ours = (error: unknown): error is ProblemError | UnexpectedAnswer =>
  error instanceof ProblemError || error instanceof UnexpectedAnswer

/**
 * What `act` gives within its time. Rejects with the signal's reason, with an error that says the answer, or with
 * ConnectionError. `act` may not heed its signal.
 */
export const inTime = async <A>(
  { url, signal }: Pick<Outgoing, "url" | "signal">,
  millis: number,
  act: (signal: AbortSignal) => Promise<A>
): Promise<A> => {
  const tooLong = new AbortController()
  const timer = setTimeout(() => tooLong.abort(new Error(`nothing came in ${millis} ms`)), millis)
  const either = signal === undefined ? tooLong.signal : AbortSignal.any([signal, tooLong.signal])
  try {
    return await unlessAborted(act(either), either)
  } catch (error) {
    signal?.throwIfAborted()
    throw ours(error) ? error : new ConnectionError(url, error)
  } finally {
    clearTimeout(timer)
  }
}

const attempt = (sending: Sending, outgoing: Outgoing): Promise<Incoming> =>
  inTime(outgoing, sending.timeoutMillis, async (signal) =>
    read(await sending.fetch(requestOf(outgoing, signal)))
  )

/** 408 and 429 say that nothing was done, the others leave it open. */
const harmless = [408, 429]
const open = [502, 503, 504]

/** Whether a request that failed like this may be sent again. */
export const mayBeRepeated = (error: unknown, repeatable: boolean): boolean => {
  if (!ours(error)) return error instanceof ConnectionError && repeatable
  // Further attempts at a code are refused finally, with the same status.
  if (error instanceof ProblemError && error.code === "too_many_attempts") return false
  return harmless.includes(error.status) || (repeatable && open.includes(error.status))
}

/** How long to wait after so many failures; undefined where the API asks for more than is waited for. */
export const waitAfter = (
  error: unknown,
  failures: number,
  { longestWaitSeconds }: Pick<Sending, "longestWaitSeconds">
): number | undefined => {
  const asked = ours(error) ? (error.retryAfter ?? 0) : 0
  return asked > longestWaitSeconds ? undefined : asked * 1000 + backOff(failures)
}

/** The answer of 2xx. Rejects with what errors.ts has, or the signal's reason. */
export const send = async (sending: Sending, outgoing: Outgoing): Promise<Incoming> => {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt(sending, outgoing)
    } catch (error) {
      const wait = waitAfter(error, failures, sending)
      const last = failures >= sending.attempts || wait === undefined
      if (last || !mayBeRepeated(error, outgoing.repeatable)) throw error
      await sleep(wait, outgoing.signal)
    }
  }
}
