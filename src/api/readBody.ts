// Reads a JSON body into memory, never more than its limit, whatever Content-Length promises.
import type { ApiContext } from "./environment.ts"
import { problem } from "./problem.ts"

export const maxBodyBytes = 64 * 1024

const json = /^application\/json *(?:; *charset *= *(?:utf-8|"utf-8") *)?$/iu

const invalid = (c: ApiContext, message: string): Response =>
  problem(c, "invalid_request", { extension: { errors: [{ path: "body", message }] } })

/** Bodies are taken as they are: to unpack one would let a small request become a large one. */
const isPacked = (encoding: string | undefined): boolean =>
  encoding !== undefined && encoding.trim().toLowerCase() !== "identity"

/** Leaves the body where Hono's validator reads it again; a Response refuses it. */
export const readBody = async (c: ApiContext): Promise<Response | undefined> => {
  const { raw } = c.req
  const type = c.req.header("Content-Type")
  if (type === undefined ? raw.body !== null : !json.test(type))
    return problem(c, "unsupported_media_type", { extension: {} })
  if (isPacked(c.req.header("Content-Encoding")))
    return problem(c, "unsupported_media_type", {
      detail: "The body is packed. Send it without `Content-Encoding`.",
      headers: { "Accept-Encoding": "identity" },
      extension: {}
    })
  if (raw.body === null) return invalid(c, "is missing")
  const { signal } = c.get("call")
  c.set("bodyAwaited", true)
  const bytes = await readAtMost(raw.body, maxBodyBytes, signal)
  // Half a body. Whoever gave up on it answers; to parse it would answer over that.
  if (signal.aborted) return problem(c, "request_timeout", { extension: {} })
  c.set("bodyAwaited", false)
  if (bytes === undefined) return problem(c, "payload_too_large", { extension: {} })
  if (bytes.length === 0) return invalid(c, "is missing")
  try {
    const body = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    c.req.raw = new Request(raw, { body })
    return undefined
  } catch {
    return invalid(c, "is not UTF-8")
  }
}

/** The bytes, or undefined where there are more than `limit`. The rest is not read then. */
const readAtMost = async (
  body: ReadableStream<Uint8Array>,
  limit: number,
  signal: AbortSignal
): Promise<Uint8Array | undefined> => {
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
        return undefined
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
