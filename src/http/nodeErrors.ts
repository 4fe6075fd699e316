// Requests that Node's parser or the adapter refuses, before the fetch handler: answered as problem documents
// like every other error.
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { RequestError } from "@hono/node-server"
import { bareProblem, type ProblemAnswer } from "./problem.ts"
import type { ProblemCode } from "./problems.ts"

interface Refusal {
  readonly code: ProblemCode
  readonly detail: string
  readonly extension?: object
}

const malformed: Refusal = {
  code: "invalid_request",
  detail: "The request is not well-formed HTTP/1.1, or its target or Host is none.",
  extension: { errors: [{ path: "request", message: "is not well-formed HTTP/1.1" }] }
}

/** By the codes of Node's errors (https://nodejs.org/api/http.html#event-clienterror). */
const byErrorCode: ReadonlyMap<string, Refusal> = new Map([
  [
    "ERR_HTTP_REQUEST_TIMEOUT",
    {
      code: "request_timeout",
      detail: "The request was not complete in time. Send it again in one go."
    }
  ],
  [
    "HPE_CHUNK_EXTENSIONS_OVERFLOW",
    {
      code: "payload_too_large",
      detail: "The extensions of the body's chunks are too long."
    }
  ],
  [
    "HPE_HEADER_OVERFLOW",
    {
      code: "headers_too_large",
      detail: "The request line and the headers together may have 16 KiB."
    }
  ]
])

const failed: Refusal = { code: "internal", detail: "This is an error of the service." }

/** Its connection ends with it. */
const lastAnswer = ({ code, ...options }: Refusal): ProblemAnswer =>
  bareProblem(code, { ...options, headers: { Connection: "close" } })

/** The answer to a request that the adapter can't hand on, or to a handler that threw. */
export const refuse = (error: unknown): Response => {
  const { status, headers, body } = lastAnswer(error instanceof RequestError ? malformed : failed)
  return new Response(body, { status, headers })
}

/** Node's error for a request that its parser refuses. */
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
  const { status, headers, body } = lastAnswer(byErrorCode.get(error.code ?? "") ?? malformed)
  const fields = { ...headers, "Content-Length": String(Buffer.byteLength(body)) }
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    "",
    isFirst && asksForHead(error) ? "" : body
  ].join("\r\n")
}

/** Answers requests that the parser refuses. The connection ends, since later requests on it can't be separated. */
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
