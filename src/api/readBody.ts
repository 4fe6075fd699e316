// Reads a body, JSON or a form, into memory up to a limit. If the host enforces Content-Length, that is used; otherwise
// the bytes are counted while they arrive. Meanwhile the request does not count as in flight.
import type { ApiRequest } from "./ApiRequest.ts"
import { type Arrival, type Arrivals, leastBytesPerSecond } from "./arrivals.ts"

export const maxBodyBytes = 64 * 1024

interface Kind<A> {
  /** The kind of its Content-Type. */
  readonly type: RegExp
  readonly parse: (request: ApiRequest, bytes: Bytes) => A | Refused
}

interface Refused {
  readonly refused: Response
}

const invalid = (request: ApiRequest, message: string): Response =>
  request.problem("invalid_request", { extension: { errors: [{ path: "body", message }] } })

/** Bodies are taken as they are: to unpack one would let a small request become a large one. */
const isPacked = (encoding: string | undefined): boolean =>
  encoding !== undefined && encoding.trim().toLowerCase() !== "identity"

const decoder = new TextDecoder("utf-8", { fatal: true })

/** Refuses a body by its headers. */
const refusalOf = (
  request: ApiRequest,
  announced: number | undefined,
  accepted: RegExp
): Response | undefined => {
  const type = request.header("Content-Type")
  if (type === undefined ? request.hono.req.raw.body !== null : !accepted.test(type))
    return request.problem("unsupported_media_type", { extension: {} })
  if (isPacked(request.header("Content-Encoding")))
    return request.problem("unsupported_media_type", {
      detail: "The body is packed. Send it without `Content-Encoding`.",
      headers: { "Accept-Encoding": "identity" },
      extension: {}
    })
  if (announced !== undefined && announced > maxBodyBytes)
    return request.problem("payload_too_large", { extension: {} })
  return undefined
}

export interface BodyOptions {
  readonly arrivals: Arrivals
  /** The host gives no more of a body than its Content-Length announces. */
  readonly bodiesAreFramed: boolean
}

/** The length that the host holds the client to. */
const announcedLength = (
  request: ApiRequest,
  { bodiesAreFramed }: BodyOptions
): number | undefined => {
  const framed = bodiesAreFramed && request.header("Transfer-Encoding") === undefined
  const length = framed ? request.header("Content-Length") : undefined
  return length === undefined ? undefined : Number(length)
}

/** Whether the request has a body: by its headers where the host frames it by them. */
const hasBody = (request: ApiRequest, { bodiesAreFramed }: BodyOptions): boolean => {
  const length = request.header("Content-Length")
  if (length !== undefined) return Number(length) !== 0
  return bodiesAreFramed
    ? request.header("Transfer-Encoding") !== undefined
    : request.hono.req.raw.body !== null
}

interface ReadOptions extends BodyOptions {
  /** Aborted if the request ends before it is answered. */
  readonly signal: AbortSignal
}

const read = async <A>(
  request: ApiRequest,
  options: ReadOptions,
  { type, parse }: Kind<A>
): Promise<A | Refused> => {
  const announced = announcedLength(request, options)
  const refusal = refusalOf(request, announced, type)
  if (refusal !== undefined) return { refused: refusal }
  request.place?.leave()
  request.awaitsBody = true
  const arriving = arrivalOf(request, options)
  const bytes = await (announced !== undefined && announced <= leastBytesPerSecond
    ? readAnnounced(request, announced, arriving)
    : readArriving(request, arriving))
  // Half a body. The deadline or the bound that cut it short answers; parsing it would answer a second time.
  if (bytes === "cut short")
    return { refused: request.problem("request_timeout", { extension: {} }) }
  request.awaitsBody = false
  if (bytes === "too large")
    return { refused: request.problem("payload_too_large", { extension: {} }) }
  if (request.place?.retake() === false)
    return { refused: request.problem("unavailable", { extension: {} }) }
  return parse(request, bytes)
}

interface Json {
  readonly json: unknown
}

const parseJson = (request: ApiRequest, bytes: Bytes): Json | Refused => {
  if (bytes.length === 0) return { refused: invalid(request, "is missing") }
  const text = decode(bytes)
  if (text === undefined) return { refused: invalid(request, "is not UTF-8") }
  try {
    return { json: JSON.parse(text) }
  } catch {
    return { refused: invalid(request, "is not JSON") }
  }
}

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

const json: Kind<Json> = {
  type: /^application\/json *(?:; *charset *= *(?:utf-8|"utf-8") *)?$/iu,
  parse: parseJson
}

const optionalJson: Kind<Json> = {
  ...json,
  parse: (request, bytes) => (bytes.length === 0 ? { json: {} } : parseJson(request, bytes))
}

/** The body as JSON, or the Response that refuses it. An optional body without a byte is read as an empty object. */
export const readBody = (
  request: ApiRequest,
  options: ReadOptions & { readonly isOptional: boolean }
): Promise<Json | Refused> | Json => {
  if (!options.isOptional) return read(request, options, json)
  return hasBody(request, options) ? read(request, options, optionalJson) : { json: {} }
}

const form: Kind<{ readonly bytes: Bytes }> = {
  type: /^(?:application\/x-www-form-urlencoded *(?:; *charset *= *(?:utf-8|"utf-8") *)?|multipart\/form-data *; *boundary=.+)$/iu,
  parse: (_request, bytes) => ({ bytes })
}

/** What a browser's form sends, files too, or the Response that refuses it. */
export const readForm = async (
  request: ApiRequest,
  options: ReadOptions
): Promise<{ readonly form: FormData } | Refused> => {
  const whole = await read(request, options, form)
  if ("refused" in whole) return whole
  const type = request.header("Content-Type") ?? ""
  try {
    const body = new Response(whole.bytes, { headers: { "Content-Type": type } })
    return { form: await body.formData() }
  } catch {
    return { refused: invalid(request, "is not a form") }
  }
}

type Bytes = Uint8Array<ArrayBuffer>
type Arrived = Bytes | "too large" | "cut short"

/** Runs `read` while the body counts as arriving; `onCut` is called when the body is dropped. */
type Arriving = (
  announced: number,
  onCut: () => void,
  read: (arrival: Arrival) => Promise<Arrived>
) => Promise<Arrived>

const arrivalOf =
  (
    { address }: ApiRequest,
    { arrivals, signal }: BodyOptions & { readonly signal: AbortSignal }
  ): Arriving =>
  async (announced, onCut, read) => {
    const arrival = arrivals.begin(address, announced, onCut)
    signal.addEventListener("abort", arrival.cut)
    if (signal.aborted) arrival.cut()
    try {
      const bytes = await read(arrival)
      return arrival.isCut() ? "cut short" : bytes
    } finally {
      signal.removeEventListener("abort", arrival.cut)
      arrival.end()
    }
  }

/**
 * In one go, which costs a host far less than a web stream. It does not tell how much has come, so it is for
 * lengths that the least rate grants a second.
 */
const readAnnounced = (
  { hono }: ApiRequest,
  length: number,
  arriving: Arriving
): Promise<Arrived> => {
  const cut = Promise.withResolvers<Arrived>()
  const whole = hono.req.raw.arrayBuffer().then(
    (buffer): Arrived => new Uint8Array(buffer),
    // The connection broke, so the answer has no reader.
    (): Arrived => "cut short"
  )
  // `arrayBuffer` can't be stopped: the host drops the rest with the connection.
  const onCut = (): void => cut.resolve("cut short")
  return arriving(length, onCut, () => Promise.race([whole, cut.promise]))
}

const readArriving = async ({ hono }: ApiRequest, arriving: Arriving): Promise<Arrived> => {
  const { body } = hono.req.raw
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const cancel = (): void => {
    // A body that failed already can't be cancelled; the read below fails then.
    reader.cancel().catch(() => undefined)
  }
  return arriving(0, cancel, async (arrival) => {
    const bytes = await readAtMost(reader, maxBodyBytes, arrival)
    if (bytes === "too large") cancel()
    return bytes
  })
}

/** The bytes, unless there are more than `limit`: the rest is not read then. */
const readAtMost = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  arrival: Arrival
): Promise<Arrived> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > limit) return "too large"
    arrival.received(value.length)
    chunks.push(value)
  }
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
