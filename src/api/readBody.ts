// Reads a JSON body into memory, never more than its limit: by its Content-Length where the host holds
// clients to that, and else counted while it arrives, without trust in its Content-Length. Meanwhile the request has
// no place among those in flight.
import { type Arrival, leastBytesPerSecond } from "./arrivals.ts"
import type { ApiContext } from "./context.ts"
import { problem } from "./problem.ts"

export const maxBodyBytes = 64 * 1024

const json = /^application\/json *(?:; *charset *= *(?:utf-8|"utf-8") *)?$/iu

const invalid = (c: ApiContext, message: string): Response =>
  problem(c, "invalid_request", { extension: { errors: [{ path: "body", message }] } })

/** Bodies are taken as they are: to unpack one would let a small request become a large one. */
const isPacked = (encoding: string | undefined): boolean =>
  encoding !== undefined && encoding.trim().toLowerCase() !== "identity"

const decoder = new TextDecoder("utf-8", { fatal: true })

/** Refuses a body by its headers. */
const refusalOf = (c: ApiContext, announced: number | undefined): Response | undefined => {
  const type = c.req.header("Content-Type")
  if (type === undefined ? c.req.raw.body !== null : !json.test(type))
    return problem(c, "unsupported_media_type", { extension: {} })
  if (isPacked(c.req.header("Content-Encoding")))
    return problem(c, "unsupported_media_type", {
      detail: "The body is packed. Send it without `Content-Encoding`.",
      headers: { "Accept-Encoding": "identity" },
      extension: {}
    })
  if (announced !== undefined && announced > maxBodyBytes)
    return problem(c, "payload_too_large", { extension: {} })
  return undefined
}

/** The length that the host holds the client to. */
const announcedLength = (c: ApiContext): number | undefined => {
  const framed = c.get("bodiesAreFramed") && c.req.header("Transfer-Encoding") === undefined
  const length = framed ? c.req.header("Content-Length") : undefined
  return length === undefined ? undefined : Number(length)
}

/** Whether the request has a body: by its headers where the host frames it by them. */
export const hasBody = (c: ApiContext): boolean => {
  const length = c.req.header("Content-Length")
  if (length !== undefined) return Number(length) !== 0
  return c.get("bodiesAreFramed")
    ? c.req.header("Transfer-Encoding") !== undefined
    : c.req.raw.body !== null
}

/** The body as JSON, or the Response that refuses it. `empty`: what a body without a byte stands for, if anything. */
export const readBody = async (
  c: ApiContext,
  { empty }: { readonly empty?: object } = {}
): Promise<{ readonly json: unknown } | { readonly refused: Response }> => {
  const announced = announcedLength(c)
  const refusal = refusalOf(c, announced)
  if (refusal !== undefined) return { refused: refusal }
  const place = c.get("place")
  place.leave()
  c.set("bodyAwaited", true)
  const bytes = await (announced !== undefined && announced <= leastBytesPerSecond
    ? readAnnounced(c, announced)
    : readArriving(c))
  // Half a body. Whoever gave up on it answers; to parse it would answer over that.
  if (bytes === "cut short") return { refused: problem(c, "request_timeout", { extension: {} }) }
  c.set("bodyAwaited", false)
  if (bytes === "too large") return { refused: problem(c, "payload_too_large", { extension: {} }) }
  const refused = place.retake()
  if (refused !== undefined) return { refused }
  return bytes.length === 0 && empty !== undefined ? { json: empty } : parse(c, bytes)
}

const parse = (
  c: ApiContext,
  bytes: Uint8Array
): { readonly json: unknown } | { readonly refused: Response } => {
  if (bytes.length === 0) return { refused: invalid(c, "is missing") }
  const text = decode(bytes)
  if (text === undefined) return { refused: invalid(c, "is not UTF-8") }
  try {
    return { json: JSON.parse(text) }
  } catch {
    return { refused: invalid(c, "is not JSON") }
  }
}

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

type Bytes = Uint8Array | "too large" | "cut short"

/** Runs `read` while the body counts as arriving; `onCut` tells it that the body is given up. */
const arriving = async (
  c: ApiContext,
  announced: number,
  onCut: () => void,
  read: (arrival: Arrival) => Promise<Bytes>
): Promise<Bytes> => {
  const { signal } = c.get("call")
  const arrival = c.get("arrivals").begin(c.get("client"), announced, onCut)
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
const readAnnounced = (c: ApiContext, length: number): Promise<Bytes> => {
  const cut = Promise.withResolvers<Bytes>()
  const whole = c.req.raw.arrayBuffer().then(
    (buffer): Bytes => new Uint8Array(buffer),
    // The connection broke, and nobody reads the answer.
    (): Bytes => "cut short"
  )
  // `arrayBuffer` can't be stopped: the host drops the rest with the connection.
  const onCut = (): void => cut.resolve("cut short")
  return arriving(c, length, onCut, () => Promise.race([whole, cut.promise]))
}

const readArriving = async (c: ApiContext): Promise<Bytes> => {
  const { body } = c.req.raw
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const cancel = (): void => {
    // A body that failed already can't be cancelled; the read below tells.
    reader.cancel().catch(() => undefined)
  }
  return arriving(c, 0, cancel, async (arrival) => {
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
): Promise<Bytes> => {
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
