// A Node HTTP server around a fetch handler, open until its scope closes. Closing it resets no connection that has a
// request in progress: the server continues for a moment, stops accepting, and closes each connection after a response
// with `Connection: close`, or when the connection has been idle for some time. connections.ts bounds each connection
// and the connections of a client.
import { createServer, type IncomingMessage, Server, type ServerResponse } from "node:http"
import { type AddressInfo, Server as NetServer } from "node:net"
import { getRequestListener, RequestError } from "@hono/node-server"
import { Data, Deferred, Duration, Effect, Exit, Schedule, type Scope } from "effect"
import { LinkedList } from "../services/runtime/LinkedList.ts"
import { boundClients, type ClientBound, oneAfterTheOther } from "./connections.ts"
import { answerRefusals, refuse } from "./nodeErrors.ts"

export class ListenError extends Data.TaggedError("ListenError")<{
  readonly host: string
  readonly port: number
  readonly cause: NodeJS.ErrnoException
}> {
  override get message(): string {
    const where = `${this.host}:${this.port}`
    return this.cause.code === "EADDRINUSE"
      ? `${where} is in use: stop what listens there, or set another port.`
      : `Cannot listen on ${where}: ${this.cause.message}`
  }
}

/** How long a stopping server continues as before, so that load balancers notice that it is not ready. */
const noticeTime = Duration.seconds(2)
/** How long connections without a request are kept after that, so that their next answer can end them. */
const lingerTime = Duration.seconds(3)
/** Longer than any request may take, so that none is cut off by the end of the process. */
const finishTime = Duration.seconds(10)

/**
 * How many connections may wait to be accepted, where the system allows it (4096 on Linux). With Node's
 * 511 a crowd of 5000 was reset in part, and in part waited up to 60 s for its packets to be sent again.
 */
const backlog = 4096

/** Milliseconds from a connection's beginning, or a request's first byte, until its headers are there. */
const headersTimeout = 10_000
/**
 * How often connections are held against the timeouts, in milliseconds. Node's 30 s let one that sends
 * nothing stay for up to 40 s.
 */
const connectionsCheckingInterval = 1000

/**
 * Has every answer from the returned call on say `Connection: close`, also those in flight. Without it a
 * client goes on using its connection, which ends only when the server breaks it off.
 */
const announceEnd = (server: Server): (() => void) => {
  const unanswered = new LinkedList<ServerResponse>()
  let ending = false
  server.prependListener("request", (_request: IncomingMessage, response: ServerResponse) => {
    if (ending) response.shouldKeepAlive = false
    const entry = unanswered.add(response)
    response.once("close", () => unanswered.remove(entry))
  })
  return () => {
    ending = true
    for (const response of unanswered) response.shouldKeepAlive = false
  }
}

/**
 * Connections that wait to be accepted are reset when the server stops accepting. Right after the event
 * loop has looked for them there are none.
 */
const afterAccepting = Effect.callback<void>((resume) => {
  // biome-ignore lint/plugin: no time, but a place in the event loop.
  setImmediate(() => resume(Effect.void))
})

/**
 * The deferred completes once the last connection is closed. `http.Server.close` is not used: it closes idle
 * connections immediately, and a request may just be arriving on one.
 */
const stopAccepting = (server: Server): Deferred.Deferred<void> => {
  const closed = Deferred.makeUnsafe<void>()
  // Bun's HTTP server is no `net.Server`, and its own `close` leaves connections with a request alone.
  const { close } = (server instanceof NetServer ? NetServer : Server).prototype
  close.call(server, () => Deferred.doneUnsafe(closed, Exit.void))
  return closed
}

/** Those that fall idle later, after a long answer, too. */
const closeIdle = (server: Server, after: Duration.Duration): Effect.Effect<never> =>
  Effect.sync(() => server.closeIdleConnections()).pipe(
    Effect.repeat(Schedule.spaced("100 millis")),
    Effect.delay(after),
    Effect.andThen(Effect.never)
  )

/** Node keeps the first one; a proxy may have routed by the last one. RFC 9112, 3.2 asks for 400. */
const hasTwoHosts = ({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): boolean => {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1
  }
  return hosts > 1
}

/**
 * RFC 9112, 3.2 asks a Host of HTTP/1.1 alone: health checks of HAProxy and Nagios speak 1.0 without one. An empty
 * one names no server either.
 */
const lacksHost = ({ httpVersion, headers }: Pick<IncomingMessage, "httpVersion" | "headers">) =>
  httpVersion !== "1.0" && (headers.host ?? "") === ""

export const listen = (options: {
  /** The bindings hold Node's request and response for `getConnInfo`. */
  readonly fetch: (request: Request, bindings: object) => Response | Promise<Response>
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Whether its clients are given up to 5 s to leave before it stops. */
  readonly waitForClients: boolean
  /** Without it a client's connections are not counted: for a server that only operators reach. */
  readonly clients?: ClientBound
}): Effect.Effect<{ readonly port: number }, ListenError, Scope.Scope> =>
  Effect.gen(function* () {
    const { host, port, waitForClients } = options
    const { listener, watch } = oneAfterTheOther(
      getRequestListener(
        (request, bindings) => {
          const { incoming } = bindings
          if (hasTwoHosts(incoming)) throw new RequestError("Two Host headers")
          if (lacksHost(incoming)) throw new RequestError("No Host header")
          return options.fetch(request, bindings)
        },
        // The name in the URL of a request that may go without a Host. No answer depends on it.
        { errorHandler: refuse, hostname: "localhost" }
      )
    )
    const server = createServer(
      {
        // Left to the adapter, whose refusals have a body.
        requireHostHeader: false,
        connectionsCheckingInterval
      },
      listener
    )
    answerRefusals(server)
    watch(server)
    if (options.clients !== undefined) yield* boundClients(server, options.clients)
    // Above the idle timeout of the usual load balancers (60 s): the side that reuses connections closes them.
    server.keepAliveTimeout = 65_000
    server.headersTimeout = headersTimeout
    server.requestTimeout = 30_000
    const end = announceEnd(server)
    yield* Effect.acquireRelease(
      Effect.callback<void, ListenError>((resume) => {
        server.once("error", (cause) => resume(new ListenError({ host, port, cause })))
        server.listen({ host, port, backlog }, () => resume(Effect.void))
      }),
      () =>
        Effect.gen(function* () {
          if (waitForClients) {
            yield* Effect.sleep(noticeTime)
            yield* afterAccepting
          }
          const closed = stopAccepting(server)
          end()
          yield* closeIdle(server, waitForClients ? lingerTime : Duration.zero).pipe(
            Effect.race(Deferred.await(closed)),
            Effect.timeoutOption(finishTime)
          )
          server.closeAllConnections()
        })
    )
    return { port: (server.address() as AddressInfo).port }
  })
