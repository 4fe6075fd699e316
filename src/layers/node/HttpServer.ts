// A Node HTTP server around a fetch handler, for as long as its scope: at the end it stops accepting,
// lets requests in flight finish, and only then closes what is left.
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { createAdaptorServer } from "@hono/node-server"
import { Data, Effect, type Scope } from "effect"

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

/** Longer than any request may take, so that none is cut off by the end of the process. */
const finishWithin = "12 seconds"

export const listen = (options: {
  /** The bindings hold Node's request and response for `getConnInfo`. */
  readonly fetch: (request: Request, bindings: object) => Response | Promise<Response>
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}): Effect.Effect<{ readonly port: number }, ListenError, Scope.Scope> =>
  Effect.gen(function* () {
    const { host, port } = options
    // Node's type for the options of https and http2 servers makes this a union; without them it is http's.
    const server = createAdaptorServer({ fetch: options.fetch }) as Server
    // Above the idle timeout of the usual load balancers (60 s): the side that reuses connections closes them.
    server.keepAliveTimeout = 65_000
    server.headersTimeout = 10_000
    server.requestTimeout = 30_000
    yield* Effect.acquireRelease(
      Effect.callback<void, ListenError>((resume) => {
        server.once("error", (cause) => resume(new ListenError({ host, port, cause })))
        server.listen(port, host, () => resume(Effect.void))
      }),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeIdleConnections()
        }).pipe(
          Effect.timeoutOption(finishWithin),
          Effect.andThen(Effect.sync(() => server.closeAllConnections()))
        )
    )
    return { port: (server.address() as AddressInfo).port }
  })
