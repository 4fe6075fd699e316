// Bounds on one connection, and on the connections of one client. A connection's requests are handled one after
// the other: the next one starts when the previous answer has left the process. While a request waits, the server
// does not read from the connection. The server ends a connection whose client does not read its answer.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { Effect, FiberSet, Metric, Option, type Scope } from "effect"
import { httpConnectionsRefused } from "../services/metrics.ts"

/**
 * How many parsed requests of one connection may wait behind the request that is handled. Browsers do not pipeline;
 * load tools send 16 requests in a row. One read has up to 64 KiB, which is 3600 of the shortest requests, and Node
 * can't stop parsing and go on later, so the server ends the connection.
 */
const maxWaiting = 32

/**
 * Has Node's parser leave the rest of the bytes that it has. To the parser a 2 says that no HTTP follows, as after an
 * upgrade. Node documents no way to stop: after `destroy` it still made a request of 1 KB or more out of each 18 bytes,
 * and 500 connections with 3600 requests each took one turn of 38 s and 1.7 GB. Where a Node does not ask
 * `onIncoming`, the connection still ends, after that turn.
 */
const stopParsing = (socket: Socket): void => {
  const { parser } = socket as { readonly parser?: { onIncoming: () => number } | null }
  if (parser) parser.onIncoming = () => 2
}

/**
 * Milliseconds without progress until the server ends a connection whose client does not read. Node compares what
 * is left to write up to three times at this interval, so it takes 5 to 15 s. Bytes wait in the process only when
 * the buffers of both systems are full.
 */
const unreadTimeout = 5000

/**
 * How many waiting requests, of all connections together, start in one turn of the event loop. A request that did
 * not wait starts when it comes. Without this bound one turn went through all that 500 connections had pipelined,
 * and no other client was answered for seconds.
 */
const perTurn = 4

/** Starts what is added, in its order, `perTurn` in each turn of the event loop. */
const makeTurns = (): ((begin: () => void) => void) => {
  const waiting: Array<() => void> = []
  let scheduled = false
  const schedule = (): void => {
    if (scheduled || waiting.length === 0) return
    scheduled = true
    // biome-ignore lint/plugin: no time, but a place in the event loop.
    setImmediate(turn)
  }
  const turn = (): void => {
    scheduled = false
    for (const begin of waiting.splice(0, perTurn)) begin()
    schedule()
  }
  return (begin) => {
    waiting.push(begin)
    schedule()
  }
}

/** The requests of one connection, in their order. */
class Line {
  readonly #socket: Socket
  readonly #answer: RequestListener
  readonly #inTurn: (begin: () => void) => void
  readonly #waiting: Array<readonly [IncomingMessage, ServerResponse]> = []
  answering = false

  constructor(socket: Socket, answer: RequestListener, inTurn: (begin: () => void) => void) {
    this.#socket = socket
    this.#answer = answer
    this.#inTurn = inTurn
    // Node also resumes a socket when a handler reads the body of its request.
    socket.on("resume", () => {
      if (this.#waiting.length > 0) socket.pause()
    })
  }

  join(request: IncomingMessage, response: ServerResponse): void {
    // After the end of the connection the parser emits the requests that are left in the bytes that it has.
    if (!this.#socket.writable) return
    if (this.answering) this.#wait(request, response)
    else this.#begin(request, response)
  }

  #wait(request: IncomingMessage, response: ServerResponse): void {
    if (this.#waiting.length === maxWaiting) {
      this.#socket.resetAndDestroy()
      stopParsing(this.#socket)
      return
    }
    this.#waiting.push([request, response])
    this.#socket.pause()
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    this.answering = true
    // Node emits it after the last byte has left the process, or when the connection closes.
    response.once("close", () => {
      if (this.#waiting.length > 0) this.#inTurn(() => this.#next())
      else this.answering = false
    })
    this.#answer(request, response)
  }

  #next(): void {
    const next = this.#waiting.shift()
    // After an answer with `Connection: close` a server processes no further request (RFC 9112, 9.6).
    if (next === undefined || !this.#socket.writable) return
    if (this.#waiting.length === 0) this.#socket.resume()
    this.#begin(...next)
  }
}

/** Bounds each connection. `listener` takes the server's requests; `watch` adds the timeout of clients that don't read. */
export const oneAfterTheOther = (
  answer: RequestListener
): { readonly listener: RequestListener; readonly watch: (server: Server) => void } => {
  const lines = new WeakMap<Socket, Line>()
  const inTurn = makeTurns()
  const lineOf = (socket: Socket): Line => {
    const line = lines.get(socket) ?? new Line(socket, answer, inTurn)
    lines.set(socket, line)
    return line
  }
  const onSilence = (socket: Socket): void => {
    // A reset also frees the system's buffers.
    if (socket.writableLength > 0) return void socket.resetAndDestroy()
    // `headersTimeout` bounds the time before the first request, the handler's deadline the time until the answer.
    if (socket.writable && lines.get(socket)?.answering !== false) return
    socket.destroy()
  }
  return {
    listener: (request, response) => lineOf(request.socket).join(request, response),
    watch: (server) => void server.setTimeout(unreadTimeout, onSilence)
  }
}

export interface ClientBound {
  /** The client behind a peer's address; none when the peer is a proxy, whose connections carry many clients. */
  readonly clientOf: (peer: string) => Option.Option<string>
  /** How many connections a client may have open. */
  readonly limit: number
}

/** The log gets at most one line in this time, since an attacker chooses how often it happens. */
const silence = "1 minute"

/** Closes new connections of a client that has `limit` connections open. */
export const boundClients = (
  server: Server,
  { clientOf, limit }: ClientBound
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fork = yield* FiberSet.makeRuntime<never>()
    const open = new Map<string, number>()
    let told = false
    const tell = Effect.suspend(() => {
      if (told) return Effect.void
      told = true
      return Effect.logWarning("a client has too many connections: refusing more", { limit }).pipe(
        Effect.andThen(Effect.sleep(silence)),
        Effect.andThen(
          Effect.sync(() => {
            told = false
          })
        )
      )
    })
    server.prependListener("connection", (socket: Socket) => {
      const client = Option.fromUndefinedOr(socket.remoteAddress).pipe(
        Option.flatMap(clientOf),
        Option.getOrUndefined
      )
      if (client === undefined) return
      const count = open.get(client) ?? 0
      if (count >= limit) {
        socket.resetAndDestroy()
        fork(Effect.andThen(Metric.update(httpConnectionsRefused, 1), tell))
        return
      }
      open.set(client, count + 1)
      socket.once("close", () => {
        const left = (open.get(client) ?? 1) - 1
        if (left === 0) open.delete(client)
        else open.set(client, left)
      })
    })
  })
