// Reads a JSON body into memory, never more than its limit: by its Content-Length where the host holds
// clients to that, and else counted while it arrives, whatever Content-Length promises.
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

/** The body as JSON, or the Response that refuses it. */
export const readBody = async (
  c: ApiContext
): Promise<{ readonly json: unknown } | { readonly refused: Response }> => {
  const { raw } = c.req
  const type = c.req.header("Content-Type")
  const framed = c.get("bodiesAreFramed") && c.req.header("Transfer-Encoding") === undefined
  const announced = framed ? c.req.header("Content-Length") : undefined
  if (type === undefined ? raw.body !== null : !json.test(type))
    return { refused: problem(c, "unsupported_media_type", { extension: {} }) }
  if (isPacked(c.req.header("Content-Encoding")))
    return {
      refused: problem(c, "unsupported_media_type", {
        detail: "The body is packed. Send it without `Content-Encoding`.",
        headers: { "Accept-Encoding": "identity" },
        extension: {}
      })
    }
  const { signal } = c.get("call")
  c.set("bodyAwaited", true)
  const bytes = await (announced !== undefined && type !== undefined
    ? readAnnounced(raw, Number(announced))
    : readArriving(raw, signal))
  // Half a body. Whoever gave up on it answers; to parse it would answer over that.
  if (signal.aborted || bytes === "cut short")
    return { refused: problem(c, "request_timeout", { extension: {} }) }
  c.set("bodyAwaited", false)
  if (bytes === "too large") return { refused: problem(c, "payload_too_large", { extension: {} }) }
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

/** In one go: a host has its own ways to do so, many times cheaper than a stream of the web. */
const readAnnounced = (raw: Request, length: number): Promise<Bytes> => {
  if (length > maxBodyBytes) return Promise.resolve("too large")
  return raw.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    // The connection broke, and nobody reads the answer.
    () => "cut short"
  )
}

const readArriving = async ({ body }: Request, signal: AbortSignal): Promise<Bytes> =>
  body === null ? new Uint8Array() : readAtMost(body, maxBodyBytes, signal)

/** The bytes, unless there are more than `limit`: the rest is not read then. */
const readAtMost = async (
  body: ReadableStream<Uint8Array>,
  limit: number,
  signal: AbortSignal
): Promise<Bytes> => {
  const reader = body.getReader()
  const cancel = () => {
    // A body that failed already can't be cancelled; the read below tells.
    reader.cancel().catch(() => undefined)
  }
  signal.addEventListener("abort", cancel)
  const chunks: Array<Uint8Array> = []
  let size = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      size += value.length
      if (size > limit) {
        cancel()
        return "too large"
      }
      chunks.push(value)
    }
  } finally {
    signal.removeEventListener("abort", cancel)
  }
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
