// Pages and documents that stay the same for the life of a process. Each is made once, at its first request, since edge
// hosts start often. It is kept as bytes, plain and compressed, each form with a strong entity tag, so that a response
// costs no more than a cached read. The request selects a form, and does not change the content.
import type { ApiRequest } from "./ApiRequest.ts"
import type { AnswerHeaders } from "./context.ts"
import { matchesETag } from "./etag.ts"

/** One representation of the content (RFC 9110, section 8.8.3.3: a tag of its own for each encoding). */
interface Form {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly etag: string
  readonly headers: AnswerHeaders
}

export interface StaticContent {
  readonly contentType: string
  /** In addition to those that all static content has. */
  readonly headers?: AnswerHeaders
  /** Synchronous, so that concurrent requests make the content once. */
  readonly make: () => string
}

/**
 * How many requests compress the same content, each for itself, until the first one has done so. None waits for
 * another's promise, which edge hosts don't allow. Further requests get the plain form meanwhile.
 */
const maxCompressions = 4

export const staticContent = ({
  contentType,
  headers = {},
  make
}: StaticContent): ((request: ApiRequest) => Promise<Response>) => {
  /** A 304 repeats these (RFC 9110, section 15.4.5). */
  const always: AnswerHeaders = {
    "Cache-Control": "no-cache",
    ...headers,
    Vary: "Accept-Encoding"
  }
  const formOf = (bytes: Form["bytes"], etag: string, own: AnswerHeaders): Form => ({
    bytes,
    etag,
    headers: {
      ...always,
      ...own,
      ETag: etag,
      "Content-Type": contentType,
      "Content-Length": String(bytes.byteLength)
    }
  })

  let content: Form["bytes"] | undefined
  let plain: Form | undefined
  let gzip: Form | undefined
  let compressions = 0

  const plainForm = async (): Promise<Form> => {
    if (plain !== undefined) return plain
    content ??= new TextEncoder().encode(make())
    plain = formOf(content, `"${await digest(content)}"`, {})
    return plain
  }

  const gzipForm = async ({ bytes, etag }: Form): Promise<Form | undefined> => {
    if (gzip !== undefined || compressions >= maxCompressions) return gzip
    compressions += 1
    gzip = formOf(await compress(bytes), etag.replace(/"$/u, '-gzip"'), {
      "Content-Encoding": "gzip"
    })
    return gzip
  }

  return async (request) => {
    const whole = await plainForm()
    const packed = takesGzip(request.header("Accept-Encoding")) ? await gzipForm(whole) : undefined
    const chosen = packed ?? whole
    const known = request.header("If-None-Match")
    // A client that still holds the plain form need not fetch the compressed one.
    const held =
      known === undefined ? undefined : [chosen, whole].find(({ etag }) => matchesETag(known, etag))
    return held === undefined
      ? request.answer(chosen.bytes, 200, chosen.headers)
      : request.answer(null, 304, { ...always, ETag: held.etag })
  }
}

const digest = async (bytes: Form["bytes"]): Promise<string> => {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  return Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

const compress = async (bytes: Form["bytes"]): Promise<Form["bytes"]> => {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}

/** One pass over the header, which may be 16 KiB long. A client that names gzip takes it before the plain form. */
const gzipItem = /(?:^|,)[ \t]*gzip[ \t]*(?:;[ \t]*q=([01](?:\.\d{0,3})?)[ \t]*)?(?:,|$)/iu

/** RFC 9110, section 12.5.3. */
const takesGzip = (acceptEncoding: string | undefined): boolean => {
  const item = acceptEncoding?.match(gzipItem)
  return item !== undefined && item !== null && Number(item[1] ?? "1") > 0
}
