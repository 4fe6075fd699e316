// Requests as bytes on a socket of their own, so that what no HTTP client would send can be sent, and
// answers as they come back, read to the end of the connection.
import { connect } from "node:net"

export interface Wire {
  readonly bytes: Buffer
  /** Sent this many bytes at a time, this many milliseconds apart; all in one write without it. */
  readonly pace?: { readonly size: number; readonly everyMs: number }
}

export interface WireOutcome {
  readonly received: Buffer
  /**
   * Milliseconds to the last byte of an answer, or to the connection's end without one: from the last byte
   * that was sent, or from the connection's beginning where something is left to be sent.
   */
  readonly ms: number
  /** Whether the server ended the connection. */
  readonly ended: boolean
  /** The code of the socket's error, where there was one. */
  readonly error?: string
}

export interface Address {
  readonly host: string
  readonly port: number
}

const sendPaced = (
  write: (bytes: Buffer) => void,
  { bytes, pace }: Wire,
  done: () => void
): (() => void) | undefined => {
  if (pace === undefined) {
    if (bytes.length > 0) write(bytes)
    return undefined
  }
  let sent = 0
  const ticking = setInterval(() => {
    write(bytes.subarray(sent, sent + pace.size))
    sent += pace.size
    if (sent < bytes.length) return
    clearInterval(ticking)
    done()
  }, pace.everyMs)
  return () => clearInterval(ticking)
}

/** Never rejects: what went wrong is part of the outcome. Our side stays open until the server ends it. */
export function exchange(address: Address, wire: Wire, withinMs: number): Promise<WireOutcome> {
  return new Promise((resolve) => {
    let began = performance.now()
    const chunks: Array<Buffer> = []
    let last = began
    let error: string | undefined
    const socket = connect({ ...address, allowHalfOpen: true })
    socket.setNoDelay(true)
    const stop = sendPaced(
      (bytes) => void socket.write(bytes),
      wire,
      () => {
        began = performance.now()
      }
    )
    const finish = (ended: boolean): void => {
      clearTimeout(timer)
      stop?.()
      socket.destroy()
      const ms = (chunks.length > 0 ? last : performance.now()) - began
      resolve({
        received: Buffer.concat(chunks),
        ms,
        ended,
        ...(error === undefined ? {} : { error })
      })
    }
    const timer = setTimeout(() => finish(false), withinMs)
    socket.on("data", (chunk) => {
      chunks.push(Buffer.from(chunk))
      last = performance.now()
    })
    socket.on("end", () => finish(true))
    socket.on("error", (cause: NodeJS.ErrnoException) => {
      error = cause.code ?? cause.message
    })
    socket.on("close", () => finish(true))
  })
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
  /** The status line and the headers as they came. */
  readonly head: string
}

class Unreadable extends Error {
  override readonly name = "Unreadable"
}

const readHeaders = (lines: ReadonlyArray<string>): Headers =>
  new Headers(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":")
      if (colon < 1) throw new Unreadable(`a header without a colon: ${line}`)
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    })
  )

const readChunks = (bytes: Buffer): { readonly body: Buffer; readonly length: number } => {
  const chunks: Array<Buffer> = []
  let at = 0
  for (;;) {
    const end = bytes.indexOf("\r\n", at)
    const size = end < 0 ? Number.NaN : Number.parseInt(bytes.toString("latin1", at, end), 16)
    if (Number.isNaN(size)) throw new Unreadable("a body that broke off between chunks")
    const from = end + 2
    if (from + size + 2 > bytes.length) throw new Unreadable("a chunk that broke off")
    chunks.push(bytes.subarray(from, from + size))
    at = from + size + 2
    if (size === 0) return { body: Buffer.concat(chunks), length: at }
  }
}

const readBody = (
  headers: Headers,
  rest: Buffer,
  hasBody: boolean
): { readonly body: Buffer; readonly length: number } => {
  if (!hasBody) return { body: Buffer.alloc(0), length: 0 }
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return readChunks(rest)
  const announced = headers.get("content-length")
  const length = announced === null ? rest.length : Number(announced)
  if (rest.length < length) throw new Unreadable(`${rest.length} bytes of a body of ${length}`)
  return { body: rest.subarray(0, length), length }
}

/** Every answer in what came back. Throws where it is no HTTP, or an answer broke off. */
export function readAnswers(received: Buffer, method: string): ReadonlyArray<WireAnswer> {
  const answers: Array<WireAnswer> = []
  let rest = received
  while (rest.length > 0) {
    const end = rest.indexOf("\r\n\r\n")
    const head = rest.toString("latin1", 0, end < 0 ? undefined : end)
    const [line = "", ...fields] = head.split("\r\n")
    const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/u.exec(line)?.[1])
    if (end < 0 || Number.isNaN(status)) throw new Unreadable(`no HTTP: ${head.slice(0, 200)}`)
    const headers = readHeaders(fields)
    const hasBody = method !== "HEAD" && status >= 200 && status !== 204 && status !== 304
    const { body, length } = readBody(headers, rest.subarray(end + 4), hasBody)
    if (status >= 200) answers.push({ status, headers, body, head })
    rest = rest.subarray(end + 4 + length)
  }
  return answers
}
