// What is refused below the fetch handler, by Node's parser or the adapter: answered as a problem
// document (RFC 9457) like every other error. The codes are those of the API, whose pages explain them.
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { RequestError } from "@hono/node-server"

interface Refusal {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code: string
  /** Where it is wrong. */
  readonly errors?: ReadonlyArray<{ readonly path: string; readonly message: string }>
}

const malformed: Refusal = {
  status: 400,
  title: "Invalid request",
  detail: "The request is not well-formed HTTP/1.1, or its target or Host is none.",
  code: "invalid_request",
  errors: [{ path: "request", message: "is not well-formed HTTP/1.1" }]
}

const slow: Refusal = {
  status: 408,
  title: "Request too slow",
  detail: "The request was not complete in time. Send it again, at once.",
  code: "request_timeout"
}

/** By the codes of Node's errors (https://nodejs.org/api/http.html#event-clienterror). */
const byErrorCode: ReadonlyMap<string, Refusal> = new Map([
  ["ERR_HTTP_REQUEST_TIMEOUT", slow],
  [
    "HPE_CHUNK_EXTENSIONS_OVERFLOW",
    {
      status: 413,
      title: "Body too large",
      detail: "The extensions of the body's chunks are too long.",
      code: "payload_too_large"
    }
  ],
  [
    "HPE_HEADER_OVERFLOW",
    {
      status: 431,
      title: "Headers too large",
      detail: "The request line and the headers may have 16 KiB together.",
      code: "headers_too_large"
    }
  ]
])

const failed: Refusal = {
  status: 500,
  title: "Internal error",
  detail: "The mistake is ours.",
  code: "internal"
}

const written = (refusal: Refusal) => {
  const instance = crypto.randomUUID()
  return {
    body: JSON.stringify({ type: `/docs/errors/${refusal.code}`, ...refusal, instance }),
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": instance,
      Connection: "close"
    }
  }
}

/** The answer to a request that the adapter can't hand on, or to a handler that threw. */
export const refuse = (error: unknown): Response => {
  const refusal = error instanceof RequestError ? malformed : failed
  const { body, headers } = written(refusal)
  return new Response(body, { status: refusal.status, headers })
}

/** What Node tells of a request that its parser refuses. */
interface ParserError extends NodeJS.ErrnoException {
  /** The bytes at which it stopped, as they came; none where they did not come in time. */
  readonly rawPacket?: Buffer
}

/**
 * HEAD is answered without a body (RFC 9110, 9.3.2). Only the bytes of the last read are known: of a request
 * that came in several, or after others, the method is not, and it gets one. The connection ends with it, so
 * that nothing can be taken for another answer.
 */
const asksForHead = ({ rawPacket }: ParserError): boolean =>
  rawPacket?.toString("latin1", 0, 5) === "HEAD "

const rawAnswer = (error: ParserError, isFirst: boolean): string => {
  const refusal = byErrorCode.get(error.code ?? "") ?? malformed
  const { body, headers } = written(refusal)
  const fields = { ...headers, "Content-Length": String(Buffer.byteLength(body)) }
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    "",
    isFirst && asksForHead(error) ? "" : body
  ].join("\r\n")
}

/** Has a server answer what its parser refuses. Its connection ends: what follows can't be told apart. */
export const answerRefusals = (server: Server): void => {
  /** Connections with an answer that has begun: a second one would be read as a part of it. */
  const answering = new WeakMap<Duplex, ServerResponse>()
  server.prependListener("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    answering.set(socket, response)
  })
  server.on("clientError", (error: ParserError, socket: Duplex) => {
    const begun = answering.get(socket)
    const silent = !socket.writable || (begun?.headersSent === true && !begun.writableFinished)
    if (error.code === "ECONNRESET" || silent) socket.destroy()
    else socket.end(rawAnswer(error, begun === undefined))
  })
  // A client that expects something else than 100-continue is answered as if it had not (RFC 9110, 10.1.1).
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    server.emit("request", request, response)
  })
}
